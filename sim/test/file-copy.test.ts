/** Guest file copy over a real channel, and the daemon against bytes of its own. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FileCopier } from '../guest/drivers/hv-fcopy.ts';
import type { IntegrationOptions } from '../guest/integration.ts';
import type { FileCopyOptions, FileCopyReport } from '../host/vsp/fcopy.ts';
import { ServicedMachine } from '../lab/integration.ts';
import { Lab } from '../lab/lab.ts';
import { hvDoFcopy, hvFcopyHdr, hvStartFcopy } from '../wire/backup-messages.ts';
import { FCOPY_MAX, FCOPY_OP, IC_OFFSET, IC_STATUS, icVersionText } from '../wire/ic-codes.ts';

const OLD = Uint8Array.of(1, 2, 3);

function machine(options: IntegrationOptions = {}): ServicedMachine {
  const one = new ServicedMachine(new Lab(1).machine({ era: '2020' }), { fcopy: {}, heartbeat: {} });
  expect(one.boot({ files: { files: { '/srv/old': OLD } }, ...options })).toBe('ready');
  one.live();
  one.runFor(1);
  return one;
}

/** Bytes that are nowhere the same. */
const content = (size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

function copy(one: ServicedMachine, options: Partial<FileCopyOptions> = {}, seconds = 200): FileCopyReport {
  const file = { path: '/srv/', name: 'new', bytes: content(20_000), ...options };
  let ended = 0;
  expect(one.fcopy?.copyFile(file, () => ended++)).toBe(true);
  one.runFor(seconds);
  expect(ended).toBe(1);
  return one.fcopy?.report as FileCopyReport;
}

const fileIn = (one: ServicedMachine, path: string): Uint8Array | undefined =>
  one.services.fcopy?.copier.files.read(path);

describe('a file', () => {
  it.each([0, 1, FCOPY_MAX.PIECE, FCOPY_MAX.PIECE + 1, 20_000])('of %s bytes arrives whole', (size) => {
    const one = machine();
    const report = copy(one, { bytes: content(size) });
    expect(report).toMatchObject({ outcome: 'done', copied: size, cancelSent: false });
    expect(report.steps).toHaveLength(2 + Math.ceil(size / FCOPY_MAX.PIECE));
    expect(fileIn(one, '/srv/new')).toEqual(content(size));
    expect(icVersionText(one.fcopy?.version ?? 0)).toBe('1.1');
  });

  it('arrives whole when its pieces come backwards: the offset decides', () => {
    const one = machine();
    expect(copy(one, { backwards: true }).outcome).toBe('done');
    expect(fileIn(one, '/srv/new')).toEqual(content(20_000));
  });

  it('that is there is left alone, unless it may be replaced', () => {
    const one = machine();
    const refused = copy(one, { name: 'old' });
    expect(refused).toMatchObject({
      outcome: 'refused',
      status: IC_STATUS.ERROR_ALREADY_EXISTS,
      cancelSent: false,
    });
    expect(fileIn(one, '/srv/old')).toEqual(OLD);
    expect(copy(one, { name: 'old', overwrite: true }).outcome).toBe('done');
    expect(fileIn(one, '/srv/old')).toEqual(content(20_000));
  });

  it('goes where no directory is only if it may make one', () => {
    const one = machine();
    expect(copy(one, { path: '/srv/a/' })).toMatchObject({ outcome: 'refused', status: IC_STATUS.E_FAIL });
    expect(copy(one, { path: '/srv/a/', createPath: true }).outcome).toBe('done');
    expect(fileIn(one, '/srv/a/new')).toHaveLength(20_000);
  });

  it('needs a slash behind the last directory that is to be made, as in Linux', () => {
    expect(copy(machine(), { path: '/new', createPath: true }).outcome).toBe('refused');
    expect(copy(machine(), { path: '/srv' }).outcome).toBe('done');
  });

  it('that does not fit is taken away again', () => {
    const one = machine({ files: { capacity: 15_000 } });
    const report = copy(one);
    expect(report).toMatchObject({
      outcome: 'failed',
      status: IC_STATUS.ERROR_DISK_FULL,
      copied: 2 * FCOPY_MAX.PIECE,
      cancelAnswered: true,
    });
    expect(fileIn(one, '/srv/new')).toBeUndefined();
    expect(one.services.fcopy?.copier.files.used).toBe(0);
  });

  it('with too long a name is not sent', () => {
    const one = machine();
    const before = one.fcopy?.counts.sent;
    expect(copy(one, { name: 'x'.repeat(FCOPY_MAX.PATH) }).outcome).toBe('too-long');
    expect(one.fcopy?.counts.sent).toBe(before);
  });

  it('that the host gives up is taken away', () => {
    const one = machine();
    one.fcopy?.copyFile({ path: '/srv/', name: 'new', bytes: content(60_000) });
    one.runFor(0.03);
    expect(fileIn(one, '/srv/new')?.length).toBeGreaterThan(0);
    one.fcopy?.cancel();
    one.runFor(1);
    expect(one.fcopy?.report).toMatchObject({ outcome: 'cancelled', cancelAnswered: true });
    expect(fileIn(one, '/srv/new')).toBeUndefined();
  });
});

describe('the service', () => {
  it('is not offered unless it is switched on', () => {
    const one = new ServicedMachine(new Lab(1).machine({ era: '2020' }), { heartbeat: {} });
    one.boot();
    expect(one.fcopy).toBeUndefined();
    expect(one.services.fcopy).toBeUndefined();
  });

  it('fails at once when the daemon is dead', () => {
    const report = copy(machine({ fcopy: { seconds: 0.01, trouble: 'gone', after: 2 } }), {}, 1);
    expect(report).toMatchObject({ outcome: 'failed', status: IC_STATUS.E_FAIL, cancelAnswered: false });
  });

  it('fails after thirty seconds when the daemon hangs, and leaves half a file', () => {
    const one = machine({ fcopy: { seconds: 0.01, trouble: 'hung', after: 2 } });
    const report = copy(one);
    expect(report).toMatchObject({ outcome: 'failed', status: IC_STATUS.E_FAIL, cancelAnswered: false });
    expect(fileIn(one, '/srv/new')).toHaveLength(FCOPY_MAX.PIECE);
    expect(one.heartbeat?.contact).toBe('ok');
  });

  it('is only late with a daemon that is late by less', () => {
    const one = machine({ fcopy: { seconds: 0.01, trouble: 'late', after: 2, late: 12 } });
    expect(copy(one).outcome).toBe('done');
    expect(fileIn(one, '/srv/new')).toEqual(content(20_000));
  });

  it('leaves nothing behind when the daemon is later than the kernel waits', () => {
    const one = machine({ fcopy: { seconds: 0.01, trouble: 'late', after: 2, late: 40 } });
    expect(copy(one)).toMatchObject({ outcome: 'failed', copied: FCOPY_MAX.PIECE });
    expect(fileIn(one, '/srv/new')).toBeUndefined();
    expect(one.services.fcopy?.copier.reopened).toBe(1);
  });

  it('is given up when the kernel hangs', () => {
    const one = new ServicedMachine(new Lab(1).machine({ era: '2020' }), { fcopy: {} });
    one.boot();
    one.live(() => one.services.hangAfter(1, 60));
    one.runFor(2);
    expect(copy(one).outcome).toBe('time-out');
  });

  it('copies one file at a time', () => {
    const one = machine();
    const file = { path: '/srv/', name: 'a', bytes: content(20_000) };
    expect(one.fcopy?.copyFile(file)).toBe(true);
    expect(one.fcopy?.copyFile(file)).toBe(false);
  });
});

describe('the daemon', () => {
  const start = (flags = 0, name = 'new'): Uint8Array =>
    hvStartFcopy.encode({
      'hdr.operation': FCOPY_OP.START,
      file_name: [...name].map((letter) => letter.charCodeAt(0)),
      path_name: [...'/srv/'].map((letter) => letter.charCodeAt(0)),
      copy_flags: flags,
    });
  const write = (offset: number | bigint, size: number): Uint8Array =>
    hvDoFcopy.encode({ 'hdr.operation': FCOPY_OP.WRITE, offset, size, data: [9, 9, 9, 9] });
  const only = (operation: number): Uint8Array => hvFcopyHdr.encode({ operation });

  it('understands the golden START', () => {
    const { vectors } = JSON.parse(
      readFileSync(new URL('../wire/golden/vectors.json', import.meta.url), 'utf8'),
    ) as { vectors: { name: string; hex: string }[] };
    const { hex } = vectors.find(({ name }) => name === 'fcopy_start') ?? { hex: '' };
    const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    const request = bytes.subarray(IC_OFFSET.BODY);
    // Its path is "/x", without a slash behind it: CREATE_PATH makes what stands before a slash.
    expect(new FileCopier().act(request).status).toBe(IC_STATUS.E_FAIL);
    const copier = new FileCopier({ directories: ['/x'] });
    expect(copier.act(request).status).toBe(IC_STATUS.S_OK);
    expect(copier.files.read('/x/a.t')).toHaveLength(0);
  });

  it('fills a gap with zeros', () => {
    const copier = new FileCopier();
    copier.act(start());
    expect(copier.act(write(3, 2)).status).toBe(IC_STATUS.S_OK);
    expect(copier.files.read('/srv/new')).toEqual(Uint8Array.of(0, 0, 0, 9, 9));
  });

  it.each([
    ['before any START', write(0, 1), IC_STATUS.E_FAIL],
    ['longer than a message', write(0, FCOPY_MAX.PIECE + 1), IC_STATUS.E_FAIL],
    ['longer than its message', write(0, 100).slice(0, 100), IC_STATUS.E_FAIL],
    ['too short for a header', write(0, 1).slice(0, 40), IC_STATUS.E_FAIL],
    ['of an unknown kind', only(77), IC_STATUS.E_FAIL],
    ['beyond any disk', write(0x7fff_ffff_ffff_ffffn, 4), IC_STATUS.E_FAIL],
    ['START cut off', start().slice(0, 200), IC_STATUS.E_FAIL],
  ])('refuses a request %s', (_name, request, status) => {
    expect(new FileCopier().act(request).status).toBe(status);
  });

  it('has no room at an offset beyond any disk', () => {
    const copier = new FileCopier();
    copier.act(start());
    expect(copier.act(write(0x7fff_ffff_ffff_ffffn, 4)).status).toBe(IC_STATUS.ERROR_DISK_FULL);
    expect(copier.files.used).toBe(0);
  });

  it('removes on CANCEL what the last START named, even when that was refused: a host must not send it then', () => {
    const copier = new FileCopier({ files: { '/srv/old': OLD } });
    expect(copier.act(start(0, 'old')).status).toBe(IC_STATUS.ERROR_ALREADY_EXISTS);
    copier.act(only(FCOPY_OP.CANCEL));
    expect(copier.files.read('/srv/old')).toBeUndefined();
  });

  it('forgets the name with COMPLETE: a CANCEL behind it removes nothing', () => {
    const copier = new FileCopier();
    for (const request of [start(), write(0, 4), only(FCOPY_OP.COMPLETE), only(FCOPY_OP.CANCEL)])
      copier.act(request);
    expect(copier.files.read('/srv/new')).toHaveLength(4);
  });
});
