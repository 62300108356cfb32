/** What the page is told of a guest: log, recording, lines in words, and the table that leads Linux to VMBus. */
import { describe, expect, it } from 'vitest';
import { SSDT_PATH } from '../../../sim/emulator/vmbus-ssdt.ts';
import { CHANNELMSG, VMBUS_VERSION } from '../../../sim/wire/vmbus.ts';
import { explain } from './explain.ts';
import { Journal, MOST_EVENTS } from './journal.ts';
import { Log, MOST_LINES } from './line-log.ts';
import { withTable } from './start-files.ts';

const names = (relid: number): string => `channel ${relid}`;
const line = (title: string, says = ''): { from: 'guest'; title: string; says: string } => ({
  from: 'guest',
  title,
  says,
});

describe('the log', () => {
  it('counts what only repeats, and numbers the rest', () => {
    const log = new Log();
    for (const title of ['a', 'a', 'b', 'a']) log.write(line(title), 1);
    expect(log.take().map(({ id, title, times }) => [id, title, times])).toEqual([
      [0, 'a', 2],
      [1, 'b', 1],
      [2, 'a', 1],
    ]);
    log.write(line('a'), 2);
    expect(log.take()).toEqual([{ ...line('a'), id: 2, times: 2, at: 2 }]);
  });

  it('never joins lines that carry a structure', () => {
    const log = new Log();
    for (let i = 0; i < 2; i++) log.write({ ...line('packet'), struct: 'vstor_packet' }, i);
    expect(log.take()).toHaveLength(2);
  });

  it('keeps a bounded number until somebody takes them', () => {
    const log = new Log();
    for (let i = 0; i < 3 * MOST_LINES; i++) log.write(line(`${i}`), i);
    expect(log.take()).toHaveLength(MOST_LINES);
  });
});

describe('the recording', () => {
  it('is JSON, and says how much it left out', () => {
    const journal = new Journal();
    journal.write(undefined);
    for (let t = 0; t < MOST_EVENTS + 3; t++) journal.write({ t, k: 'synic_event', vp: 0, sint: 2, flag: 1 });
    const { meta, events } = JSON.parse(journal.text({ guest: 'x' })) as { meta: object; events: unknown[] };
    expect(meta).toEqual({ guest: 'x', leftOut: 3 });
    expect(events).toHaveLength(MOST_EVENTS);
  });
});

describe('a line in words', () => {
  it('reads a posted message by its structure', () => {
    const bytes = new Uint8Array(16 + 40);
    const view = new DataView(bytes.buffer);
    view.setUint32(16, CHANNELMSG.INITIATE_CONTACT, true);
    view.setUint32(24, VMBUS_VERSION.WIN10_V5_3, true);
    const said = explain(
      { k: 'hypercall', control: 0x5cn, input: 0x1000n, output: 0n, result: 0n, bytes },
      names,
    );
    expect(said).toMatchObject({
      from: 'guest',
      title: 'INITIATE_CONTACT',
      struct: 'vmbus_channel_initiate_contact',
    });
    expect(said.fields).toContainEqual(['vmbus_version_requested', String(VMBUS_VERSION.WIN10_V5_3)]);
  });

  it('says what was refused', () => {
    const call = { k: 'hypercall', control: 0x1_005dn, input: 7n, output: 0n, result: 0x12n } as const;
    expect(explain(call, names).says).toContain('INVALID_CONNECTION_ID');
    expect(explain({ ...call, result: undefined }, names).says).toContain('#UD');
    expect(explain({ k: 'rdmsr', msr: 0x4000_0021, value: undefined }, names).says).toBe('#GP');
    expect(explain({ k: 'wrmsr', msr: 0x4000_0083, value: 5n, fault: true }, names).says).toBe('0x5: #GP');
  });

  it('takes half a message and half a packet as they are', () => {
    expect(explain({ k: 'synic_message', sint: 2, bytes: Uint8Array.of(1) }, names).from).toBe('host');
    const packet = { k: 'ring_in', relid: 3, type: 6, tid: [0, 0], header: undefined } as const;
    expect(explain({ ...packet, bytes: new Uint8Array(3) }, names).title).toBe('packet · channel 3');
    expect(explain({ ...packet, bytes: new Uint8Array(3) }, () => 'SCSI').from).toBe('host');
  });
});

describe('the initial file system', () => {
  it('gets the table in front once', () => {
    const initrd = Uint8Array.of(1, 2, 3);
    const both = withTable(initrd);
    expect(new TextDecoder('latin1').decode(both)).toContain(SSDT_PATH);
    expect([...both.slice(-3)]).toEqual([1, 2, 3]);
    expect(withTable(both)).toBe(both);
  });
});
