/** Values as text, the same in every browser and in Node: a cell prints on the page what it prints in a notebook. */

const DEEP = 3;
const MANY = 40;
const WIDE = 72;

/** A value of `console.log` as text: strings as they are, the rest as one would write it. */
export const printed = (value: unknown): string => (typeof value === 'string' ? value : inspect(value));

/** A value as one would write it in code, cut where it becomes long. Never throws. */
export function inspect(value: unknown): string {
  try {
    return write(value, 0, []);
  } catch {
    return '(a value that cannot be shown)';
  }
}

function write(value: unknown, depth: number, above: readonly unknown[]): string {
  if (typeof value === 'string')
    return `'${value.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n')}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return value.name ? `[function ${value.name}]` : '[function]';
  if (typeof value === 'symbol') return value.toString();
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
  if (above.includes(value)) return '[itself]';
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return container(value, depth, [...above, value]);
}

function container(value: object, depth: number, above: readonly unknown[]): string {
  const inner = (part: unknown): string => write(part, depth + 1, above);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return list(
      `${nameOf(value)}(${(value as Uint8Array).length}) `,
      '[]',
      [...head(value as never)].map(inner),
      (value as Uint8Array).length,
      depth,
    );
  if (Array.isArray(value)) {
    if (depth >= DEEP) return `[array of ${value.length}]`;
    return list('', '[]', head(value).map(inner), value.length, depth);
  }
  if (value instanceof Map) {
    const parts = head([...value]).map(([key, entry]) => `${inner(key)} => ${inner(entry)}`);
    return list(`Map(${value.size}) `, '{}', parts, value.size, depth);
  }
  if (value instanceof Set)
    return list(`Set(${value.size}) `, '{}', head([...value]).map(inner), value.size, depth);
  const name = nameOf(value);
  const title = name === 'Object' ? '' : `${name} `;
  if (depth >= DEEP) return `[${name === 'Object' ? 'object' : name}]`;
  const keys = Object.keys(value);
  const parts = head(keys).map((key) => `${keyOf(key)}: ${inner((value as Record<string, unknown>)[key])}`);
  return list(title, '{}', parts, keys.length, depth);
}

const head = <T>(items: readonly T[]): T[] => Array.from(items.slice(0, MANY));
const keyOf = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : `'${key}'`);

function nameOf(value: object): string {
  const made = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor;
  return typeof made?.name === 'string' && made.name ? made.name : 'Object';
}

function list(
  title: string,
  [open, close]: string,
  parts: readonly string[],
  size: number,
  depth: number,
): string {
  const all = size > parts.length ? [...parts, `… ${size - parts.length} more`] : parts;
  if (all.length === 0) return `${title}${open}${close}`;
  const flat = all.join(', ');
  const space = open === '{' ? ' ' : '';
  if (flat.length + 2 * depth <= WIDE && !flat.includes('\n'))
    return `${title}${open}${space}${flat}${space}${close}`;
  const indent = '  '.repeat(depth + 1);
  const lines =
    open === '[' && all.every((part) => part.length < 14) ? packed(all, WIDE - indent.length) : all;
  const ends = lines.map((line) => `${indent}${line}`).join(lines === all ? ',\n' : '\n');
  return `${title}${open}\n${ends}\n${'  '.repeat(depth)}${close}`;
}

/** Short items, as many to a line as fit. */
function packed(items: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + item.length + 2 <= width)
      lines[lines.length - 1] = `${last}, ${item}`;
    else lines.push(item);
  }
  return lines.map((line, i) => (i < lines.length - 1 ? `${line},` : line));
}
