/** Which pictures a page may show: those of the servers that its own policy (img-src) lists, and of its own. */

const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.content ?? '';
const [, ...listed] = (/img-src ([^;]*)/.exec(policy)?.[0] ?? '').split(/\s+/);

/** The first picture of a dish that may be shown, or null. */
export function pictureOf(dish) {
  return dish.imageUrls.find(mayShow) ?? null;
}

function mayShow(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return false;
  }
  if (url.origin === location.origin) return true;
  return listed.some((source) => {
    const [scheme, host = ''] = source.split('://');
    if (url.protocol !== `${scheme}:`) return false;
    return host.startsWith('*.') ? url.host.endsWith(host.slice(1)) : url.host === host;
  });
}
