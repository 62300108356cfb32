// What iPXE must do on our host: find the adapter, get an address, and load a file that is then in its memory byte for byte.
import { placeOf, runIpxe } from './ipxe.mjs';
import { must } from './must.mjs';

const FILE = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 2_654_435_761) >>> 11);

const CHECKS = [
  [
    'iPXE gets an address by DHCP',
    ({ screen, site }) => {
      const address = screen.text.match(/ringside: address (\S+)/)?.[1];
      must(address === '10.0.0.2' && site.port.counts.acks === 1, `the address is ${address}`);
      return `"Configuring (net0 …) ok", ${address}`;
    },
  ],
  [
    'iPXE loads a file by HTTP, byte for byte',
    ({ site }) => {
      const [request] = site.web.requests;
      must(request?.status === 200, `asked for ${request?.path ?? 'nothing'}`);
      const place = placeOf(site.partition.memory, FILE);
      must(place >= 0, 'the file is nowhere in guest memory');
      return `${FILE.length} bytes at 0x${place.toString(16)} of its memory`;
    },
  ],
];

/** Runs iPXE once and looks at what it did. */
export async function checkIpxe({ ringside, files, only, report }) {
  const checks = CHECKS.filter(([name]) => !only || new RegExp(only).test(name));
  if (checks.length === 0) return;
  const run = await runIpxe({ ringside, files, host: {}, file: FILE });
  for (const [name, check] of checks) await report(name, () => check(run), run.guest);
}
