/** A recorded request as a command that makes it again. */

const LEFT_OUT = new Set(['host', 'content-length', 'connection', 'accept-encoding', 'user-agent', 'transfer-encoding']);

/** The command. Secrets are masked in what was recorded, and so they are here. */
export function curl({ method, url, headers, body }) {
  const parts = [`curl -X ${method} ${quoted(url)}`];
  for (const [name, value] of Object.entries(headers)) {
    if (!LEFT_OUT.has(name)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  }
  if (body !== null && body !== undefined) parts.push(`--data ${quoted(typeof body === 'string' ? body : JSON.stringify(body))}`);
  return parts.join(' \\\n  ');
}

const quoted = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`;
