/** Which pictures a page may show: those of the servers that its own policy (img-src) lists, and of its own. */

const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.content ?? '';
const [, ...listed] = (/img-src ([^;]*)/.exec(policy)?.[0] ?? '').split(/\s+/);

/** A picture of ours ends in its width, and lies beside itself in each of these that is smaller (rules 24.4). */
const WIDTHS = [320, 640, 1280];
const OURS = /^(.*\/[0-9a-f]{32}-)([0-9]{1,4})(\.(?:jpg|png))$/;

/** The first picture of a dish that may be shown, for an `img`; null where there is none. `sizes`: how wide it is shown. */
export function pictureOf(dish, sizes) {
  const src = dish.imageUrls.find(mayShow);
  if (!src) return null;
  const [, name, width, ending] = OURS.exec(src) ?? [];
  const widths = name ? [...WIDTHS.filter((each) => each < width), width] : [];
  const srcset = widths.map((each) => `${name}${each}${ending} ${each}w`).join(', ');
  return srcset ? { src, srcset, sizes } : { src };
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
