/**
 * What the hypervisor does with wrong calls and registers, and a machine with a device that it does not have: rows 24 to 27 and 62 of the
 * project's table of malformed inputs (docs/contributing/malformed-inputs.md).
 */
import { describe, expect, it } from 'vitest';
import { TestStorvsc } from '../host/vsp/storvsp-testing.ts';
import { WorkerProcess } from '../host/worker.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import { controlWord, HV_STATUS, HVCALL, resultReps, resultStatus } from '../wire/hypercall.ts';
import { HV_X64_MSR } from '../wire/msr.ts';

const INPUT = 0x2000;
const OUTPUT = 0x8000;

const status = (result: bigint | undefined): number => (result === undefined ? -1 : resultStatus(result));

describe('a guest that calls wrongly', () => {
  it('row 24: a signal with a flag beyond its port’s range sets no bit', () => {
    const storvsc = new TestStorvsc();
    const { guest, channel } = storvsc;
    const signals = (): number => guest.server.channel(channel.relid)?.ring?.counts.signals ?? -1;
    const before = signals();
    for (const flag of [1, 2047, 2048, 0xffff])
      expect(guest.signal(channel.connectionId, flag)).toBe(HV_STATUS.INVALID_PARAMETER);
    guest.settle();
    expect(signals()).toBe(before);
    expect(guest.signal(channel.connectionId, 0)).toBe(HV_STATUS.SUCCESS);
    guest.settle();
    expect(signals()).toBe(before + 1);
  });

  it.each([1, 2, 3] as const)('row 25: a hypercall from ring %s is #UD and does nothing', (cpl) => {
    const { guest } = new TestStorvsc();
    const { messages } = guest.server.counts;
    guest.partition.setCpl(0, cpl);
    expect(guest.partition.hypercall(0, BigInt(HVCALL.POST_MESSAGE), BigInt(INPUT), 0n)).toBeUndefined();
    guest.partition.setCpl(0, 0);
    guest.settle();
    expect(guest.server.counts.messages).toBe(messages);
  });

  it.each([
    ['a vector below 16', HV_X64_MSR.SINT2, 15n],
    ['a reserved bit of a page register', HV_X64_MSR.SIMP, 1n << 63n],
    ['a reserved bit of a timer', HV_X64_MSR.STIMER0_CONFIG, 1n << 20n],
    ['the version of the SynIC', HV_X64_MSR.SVERSION, 2n],
  ])('row 26: writing %s', (name, msr, value) => {
    const { guest } = new TestStorvsc();
    const before = guest.partition.readMsr(0, msr);
    const taken = guest.partition.writeMsr(0, msr, value);
    // TLFS has the bits between enable bit and page number of SIMP "reserved, preserve": kept, and no fault.
    expect(taken).toBe(name === 'a reserved bit of a page register');
    if (!taken) expect(guest.partition.readMsr(0, msr)).toBe(before);
  });

  it.each([
    ['that crosses a page', INPUT + 4096 - 8, 'INVALID_ALIGNMENT'],
    ['that is not aligned', INPUT + 4, 'INVALID_ALIGNMENT'],
    ['beyond memory', 1 << 30, 'INVALID_ALIGNMENT'],
  ] as const)('row 27: input %s is refused', (_name, at, wanted) => {
    const { guest } = new TestStorvsc();
    const result = guest.partition.hypercall(0, BigInt(HVCALL.POST_MESSAGE), BigInt(at), 0n);
    expect(status(result)).toBe(HV_STATUS[wanted]);
  });

  it('row 27: repetitions beyond the list, reserved bits and a start behind the end are refused', () => {
    const features = { accessVpRegisters: true };
    const partition = new Hypervisor().createPartition({ memory: 1 << 20, vps: 4, features });
    partition.writeMsr(0, HV_X64_MSR.GUEST_OS_ID, 1n);
    partition.writeMsr(0, HV_X64_MSR.HYPERCALL, 0x1001n);
    const code = HVCALL.GET_VP_INDEX_FROM_APIC_ID;
    // Its own partition, then APIC ids 0, 1, 2.
    [2n ** 64n - 1n, 0n, 0n, 1n, 2n].forEach((word, i) => {
      partition.memory.write64(INPUT + 8 * i, word);
    });
    const call = (control: bigint): bigint | undefined =>
      partition.hypercall(0, control, BigInt(INPUT), BigInt(OUTPUT));
    expect(status(call(controlWord({ code, rep_count: 4095 })))).toBe(HV_STATUS.INVALID_ALIGNMENT);
    expect(status(call(controlWord({ code, rep_count: 0 })))).toBe(HV_STATUS.INVALID_HYPERCALL_INPUT);
    expect(status(call(controlWord({ code, rep_count: 2, rep_start: 2 })))).toBe(
      HV_STATUS.INVALID_HYPERCALL_INPUT,
    );
    expect(status(call(controlWord({ code, rep_count: 2 }) | (1n << 27n)))).toBe(
      HV_STATUS.INVALID_HYPERCALL_INPUT,
    );
    const done = call(controlWord({ code, rep_count: 3 }));
    expect(status(done)).toBe(HV_STATUS.SUCCESS);
    expect(done === undefined ? -1 : resultReps(done)).toBe(3);
  });
});

describe('a guest that looks for an emulated network adapter', () => {
  it('row 62: finds none, on no bus and at no port: no descriptor ring of a guest is ever walked', () => {
    const hypervisor = new Hypervisor();
    const partition = hypervisor.createPartition({ memory: 1 << 20 });
    new WorkerProcess(hypervisor, partition).attachIde({});
    const found: number[] = [];
    for (let device = 0; device < 32; device++)
      for (let fn = 0; fn < 8; fn++) {
        partition.portOut(0, 0xcf8, 4, (0x8000_0008 | (device << 11) | (fn << 8)) >>> 0);
        const kind = partition.portIn(0, 0xcfc, 4) >>> 24;
        if (kind !== 0xff) found.push(kind);
      }
    // Class 01h is mass storage, 02h a network controller.
    expect(found).toContain(0x01);
    expect(found).not.toContain(0x02);
    // A ring that loops on itself, and the poll demand of a 21140 where its ports would be: nothing moves.
    partition.memory.write32(0x1000, 0x8000_0000);
    partition.memory.write32(0x100c, 0x1000);
    partition.portOut(0, 0xec08, 4, 1);
    expect(hypervisor.engine.run(1e9, 1000).kind).not.toBe('budget');
    expect(partition.memory.read32(0x1000)).toBe(0x8000_0000);
  });
});
