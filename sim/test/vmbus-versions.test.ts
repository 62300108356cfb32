/** The same guest over every version of VMBus that a host of some time accepts: requests and services work over all of them. */
import { describe, expect, it } from 'vitest';
import { EnlightenedGuest } from '../guest/enlightened.ts';
import { IntegrationServices } from '../guest/integration.ts';
import { LINUX_6_1 } from '../guest/profiles/linux.ts';
import { Heartbeat } from '../host/vsp/heartbeat.ts';
import { KvpService } from '../host/vsp/kvp.ts';
import { ONE_ADDRESS } from '../lab/guests.ts';
import { Lab } from '../lab/lab.ts';
import { GUEST_PAGES } from '../lab/machines.ts';
import { KVP_POOL } from '../wire/ic-codes.ts';
import { VMBUS_VERSIONS } from '../wire/vmbus.ts';

const SPOKEN = VMBUS_VERSIONS.filter(({ value }) => value <= 0x5_0003);

describe.each(['2008', '2020'] as const)('on a host of %s', (era) => {
  it.each(SPOKEN)('VMBus $name carries a disk and two services', ({ value }) => {
    const machine = new Lab(1).machine({ era });
    const heartbeat = new Heartbeat(machine.partition);
    const kvp = new KvpService(machine.partition);
    machine.vmbus.offer(heartbeat);
    machine.vmbus.offer(kvp);
    const { cpu, engine } = machine;
    const profile = { ...LINUX_6_1, vmbusVersions: [value] };
    const guest = new EnlightenedGuest([cpu], profile, {
      firstPage: GUEST_PAGES + 4096,
      storvsc: ONE_ADDRESS,
    });
    guest.start();
    while (guest.state === 'starting') engine.step();
    expect(guest.state).toBe('ready');
    expect(guest.vmbus?.connection.version).toBe(value);
    machine.disk.write(8, 1, new Uint8Array(512).fill(7), 0);
    expect(cpu.finish(guest.disk().read(8, 1, GUEST_PAGES))).toEqual({ kind: 'ok' });
    expect(
      [...machine.partition.memory.u8.slice(GUEST_PAGES, GUEST_PAGES + 512)].every((byte) => byte === 7),
    ).toBe(true);
    const { vmbus } = guest;
    if (!vmbus) throw new Error('no bus');
    const services = new IntegrationServices(vmbus, cpu);
    cpu.finish(services.start(cpu));
    cpu.run(services.live(cpu));
    engine.run(engine.now + machine.costs.hz);
    let answer = '';
    kvp.exchange({ operation: 'get', pool: KVP_POOL.AUTO, key: 'OSName' }, ({ kind }) => {
      answer = kind;
    });
    engine.run(engine.now + 4 * machine.costs.hz);
    expect(answer).toBe('done');
    expect(heartbeat.counts.answered).toBeGreaterThan(1);
  });
});
