import { describe, expect, it } from 'vitest';
import { Cpu } from '../machine/cpu.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import type { Partition } from '../machine/partition.ts';
import { cpuidLeaves, HYPERV_CPUID } from '../wire/cpuid.ts';
import { HV_STATUS, hypercalls } from '../wire/hypercall.ts';
import { syntheticMsrs } from '../wire/msr.ts';
import { VMBUS_MESSAGE_SINT, VMBUS_MESSAGE_TYPE } from '../wire/vmbus.ts';
import { EnlightenedGuest } from './enlightened.ts';
import { LINUX_6_1 } from './profiles/linux.ts';

const MIB = 1024 * 1024;

/** What the guest did to its hypervisor, in order, by the names of the field. */
function exits(hypervisor: Hypervisor): string[] {
  return hypervisor.trace.rows().flatMap(({ kind, a }) => {
    if (kind === 'cpuid' && a >= HYPERV_CPUID.VENDOR_AND_MAX_FUNCTIONS) return [`? ${cpuidLeaves.nameOf(a)}`];
    if (kind === 'msr.read') return [`r ${syntheticMsrs.nameOf(a)}`];
    if (kind === 'msr.write') return [`w ${syntheticMsrs.nameOf(a)}`];
    return kind === 'hypercall' ? [hypercalls.nameOf(a)] : [];
  });
}

/** A host that answers every INITIATE_CONTACT with "not supported", and remembers what was asked on which connection. */
function refuseAll(partition: Partition): { connection: number; version: number; sint: number }[] {
  const asked: { connection: number; version: number; sint: number }[] = [];
  for (const connection of [4, 1]) {
    partition.synic.onMessagePort(connection, (vp, type, payload) => {
      expect(type).toBe(VMBUS_MESSAGE_TYPE);
      const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
      asked.push({ connection, version: view.getUint32(8, true), sint: payload[16] });
      const response = Uint8Array.of(15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
      partition.synic.postMessage(vp, VMBUS_MESSAGE_SINT, VMBUS_MESSAGE_TYPE, response);
      return HV_STATUS.SUCCESS;
    });
  }
  return asked;
}

describe('an enlightened guest without a host', () => {
  it('brings everything up in the order of a stock kernel, and takes it down again', () => {
    const hypervisor = new Hypervisor({ era: '2020' });
    const partition = hypervisor.createPartition({ memory: 4 * MIB });
    const guest = new EnlightenedGuest([new Cpu(partition)], LINUX_6_1);
    const asked = refuseAll(partition);
    guest.start();
    hypervisor.engine.run();
    expect(guest.state).toBe('no-vmbus');
    expect(exits(hypervisor)).toEqual([
      ...[
        '? VENDOR_AND_MAX_FUNCTIONS',
        '? FEATURES',
        '? ENLIGHTMENT_INFO',
        '? IMPLEMENT_LIMITS',
        '? VERSION',
      ],
      ...['r VP_INDEX', 'w GUEST_OS_ID', 'r HYPERCALL', 'w HYPERCALL'],
      ...['r SIMP', 'w SIMP', 'r SIEFP', 'w SIEFP', 'r SINT2', 'w SINT2', 'r SCONTROL', 'w SCONTROL'],
      ...new Array(8).fill('POST_MESSAGE'),
      ...['r SINT2', 'w SINT2', 'r SIMP', 'w SIMP', 'r SIEFP', 'w SIEFP', 'r SCONTROL', 'w SCONTROL'],
    ]);
    expect(asked.map(({ connection, version }) => [connection, version])).toEqual([
      [4, 0x5_0003],
      [4, 0x5_0002],
      [4, 0x5_0001],
      [4, 0x5_0000],
      [1, 0x4_0001],
      [1, 0x4_0000],
      [1, 0x3_0000],
      [1, 0x2_0004],
    ]);
    expect(asked.slice(0, 4).every(({ sint }) => sint === VMBUS_MESSAGE_SINT)).toBe(true);
    expect(partition.counters.total('faults')).toBe(0);
  });

  it.each([
    ['2012', 0x200f3n],
    ['2020', 0x000f3n],
  ] as const)('programs SINT2 for the era %s', (era, sint2) => {
    const hypervisor = new Hypervisor({ era });
    const partition = hypervisor.createPartition({ memory: 4 * MIB });
    const cpu = new Cpu(partition);
    const guest = new EnlightenedGuest([cpu], LINUX_6_1);
    let seen = 0n;
    partition.synic.onMessagePort(4, () => {
      seen = partition.readMsr(0, 0x4000_0092) ?? 0n;
      return HV_STATUS.INVALID_PARAMETER;
    });
    guest.start();
    hypervisor.engine.run();
    expect(seen).toBe(sint2);
  });

  it('tries a refused post again, with growing delays, before it gives up', () => {
    const hypervisor = new Hypervisor();
    const partition = hypervisor.createPartition({ memory: 4 * MIB });
    const guest = new EnlightenedGuest([new Cpu(partition)], LINUX_6_1);
    const times: number[] = [];
    partition.synic.onMessagePort(4, () => {
      times.push(hypervisor.engine.now);
      return times.length < 6 ? HV_STATUS.INSUFFICIENT_BUFFERS : HV_STATUS.INVALID_PARAMETER;
    });
    guest.start();
    hypervisor.engine.run();
    const gaps = times.slice(1, 6).map((at, i) => at - times[i]);
    expect(gaps).toEqual([...gaps].sort((x, y) => x - y));
    expect(gaps[4]).toBeGreaterThan(gaps[0]);
    expect(guest.hv?.postRetries).toBe(5);
  });

  it('stays with emulated devices when there is no hypervisor', () => {
    const hypervisor = new Hypervisor();
    const partition = hypervisor.createPartition({
      memory: 4 * MIB,
      vps: 2,
      features: { hypervisorPresent: false },
    });
    const guest = new EnlightenedGuest([new Cpu(partition, 0), new Cpu(partition, 1)], LINUX_6_1);
    guest.start();
    hypervisor.engine.run();
    expect(guest.state).toBe('no-hypervisor');
    expect(exits(hypervisor)).toEqual([]);
  });
});
