import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { APIC_BASE, x2apicMsr } from '../wire/apic.ts';
import { HV_X64_MSR, IA32_MSR } from '../wire/msr.ts';
import { APIC_REG, MMIO } from '../wire/ports.ts';
import { HV_SYNIC_SINT } from '../wire/synic-constants.ts';
import type { Insn } from './cpu.ts';
import { Cpu } from './cpu.ts';
import type { Features } from './features.ts';
import { Hypervisor } from './hypervisor.ts';
import type { RouteId } from './routes.ts';

class Guest {
  readonly partition;
  readonly vp;

  constructor(features: Partial<Features> = {}, vps = 1) {
    this.partition = new Hypervisor({ era: '2020' }).createPartition({ memory: 0x10_000, vps, features });
    this.vp = this.partition.vps[0];
  }

  get apic() {
    return this.vp.apic;
  }

  /** Goes to x2APIC mode. */
  extend(): this {
    const base = BigInt(MMIO.LOCAL_APIC) | APIC_BASE.BOOTSTRAP | APIC_BASE.ENABLE | APIC_BASE.X2APIC;
    expect(this.partition.writeMsr(0, IA32_MSR.APIC_BASE, base)).toBe(true);
    return this;
  }

  /** The way that an access took, and its cycles. */
  way(access: () => void): { route: RouteId | undefined; cycles: number } {
    const before = this.partition.counters.snapshot().routes;
    const from = this.vp.now;
    access();
    const after = this.partition.counters.snapshot().routes;
    const route = (Object.keys(after) as RouteId[]).find((id) => after[id] > before[id]);
    return { route, cycles: this.vp.now - from };
  }

  load(register: number): RouteId | undefined {
    return this.way(() => this.partition.mmioRead(0, MMIO.LOCAL_APIC + register, 4)).route;
  }

  store(register: number, value: number): RouteId | undefined {
    return this.way(() => this.partition.mmioWrite(0, MMIO.LOCAL_APIC + register, 4, value)).route;
  }

  rdmsr(register: number): RouteId | undefined {
    return this.way(() => this.partition.readMsr(0, x2apicMsr(register))).route;
  }

  wrmsr(register: number, value: bigint): RouteId | undefined {
    return this.way(() => this.partition.writeMsr(0, x2apicMsr(register), value)).route;
  }
}

const SELF = 1 << 18;

/** One instruction as a program. */
function* once(instruction: () => Insn<void>): Program {
  yield* instruction();
}

describe('a processor that helps with nothing', () => {
  it('exits at every access', () => {
    const guest = new Guest();
    expect(guest.load(APIC_REG.TPR)).toBe('hypervisor-apic');
    expect(guest.store(APIC_REG.TPR, 0x20)).toBe('hypervisor-apic');
    expect(guest.store(APIC_REG.EOI, 0)).toBe('hypervisor-apic');
    const extended = new Guest({ x2apic: true }).extend();
    expect(extended.wrmsr(APIC_REG.EOI, 0n)).toBe('hypervisor-x2apic');
    expect(extended.rdmsr(APIC_REG.TPR)).toBe('hypervisor-x2apic');
  });
});

describe('FlexPriority', () => {
  const flex = { flexPriority: true };

  it('serves the task priority, and nothing else', () => {
    const guest = new Guest(flex);
    expect(guest.store(APIC_REG.TPR, 0x50)).toBe('apic-hardware');
    expect(guest.load(APIC_REG.TPR)).toBe('apic-hardware');
    expect(guest.apic.tpr).toBe(0x50);
    expect(guest.load(APIC_REG.PPR)).toBe('hypervisor-apic');
    expect(guest.store(APIC_REG.EOI, 0)).toBe('hypervisor-apic');
    expect(guest.store(APIC_REG.ICR_LOW, SELF | 0x61)).toBe('hypervisor-apic');
  });

  it('exits when the priority falls below what waits, and only then', () => {
    const guest = new Guest(flex);
    guest.store(APIC_REG.TPR, 0x80);
    guest.apic.request(0x61);
    expect(guest.apic.threshold).toBe(6);
    expect(guest.store(APIC_REG.TPR, 0x70)).toBe('apic-hardware');
    expect(guest.store(APIC_REG.TPR, 0x60)).toBe('apic-hardware');
    expect(guest.apic.ready).toBe(false);
    expect(guest.store(APIC_REG.TPR, 0x50)).toBe('hypervisor-tpr-threshold');
    expect(guest.apic.ready).toBe(true);
  });

  it('has no threshold for what waits for an EOI', () => {
    const guest = new Guest(flex);
    guest.apic.request(0x81);
    guest.apic.acknowledge();
    guest.apic.request(0x61);
    expect(guest.apic.threshold).toBe(0);
    expect(guest.store(APIC_REG.TPR, 0)).toBe('apic-hardware');
  });

  it('costs next to nothing beside an exit', () => {
    const guest = new Guest(flex);
    const costs = guest.partition.costs;
    const store = (): void => guest.partition.mmioWrite(0, MMIO.LOCAL_APIC + APIC_REG.TPR, 4, 0x20);
    expect(guest.way(store).cycles).toBe(costs.cost('apic.virtual'));
    expect(new Guest().way(() => undefined).cycles).toBe(0);
    expect(costs.cost('apic.virtual')).toBeLessThan(costs.cost('total.eoi') / 10);
  });
});

describe('MOV to CR8', () => {
  it('is no exit on any processor, but for the threshold', () => {
    const { partition } = new Guest();
    const cpu = new Cpu(partition);
    cpu.tprMethod = 'cr8';
    cpu.finish(
      (function* () {
        cpu.cli();
        yield* cpu.writeTpr(0xf0);
        partition.vps[0].apic.request(0x61);
        yield* cpu.writeTpr(0x70);
        yield* cpu.writeTpr(0x20);
      })(),
    );
    expect(partition.vps[0].apic.tpr).toBe(0x20);
    expect(partition.counters.passed('apic-hardware')).toBe(2);
    expect(partition.counters.passed('hypervisor-tpr-threshold')).toBe(1);
  });
});

describe('APICv', () => {
  const apicv = { apicv: true };

  it.each([
    ['ID', APIC_REG.ID],
    ['VERSION', APIC_REG.VERSION],
    ['TPR', APIC_REG.TPR],
    ['LDR', APIC_REG.LDR],
    ['DFR', APIC_REG.DFR],
    ['SVR', APIC_REG.SVR],
    ['ISR', APIC_REG.ISR],
    ['TMR', APIC_REG.TMR],
    ['IRR', APIC_REG.IRR],
    ['ESR', APIC_REG.ESR],
    ['ICR', APIC_REG.ICR_LOW],
    ['the timer entry', APIC_REG.LVT_TIMER],
    ['the initial count', APIC_REG.TIMER_INITIAL],
    ['the divide configuration', APIC_REG.TIMER_DIVIDE],
  ])('serves loads of %s', (_name, register) => {
    expect(new Guest(apicv).load(register)).toBe('apic-hardware');
  });

  it.each([
    ['PPR', APIC_REG.PPR],
    ['the current count', APIC_REG.TIMER_CURRENT],
  ])('does not serve loads of %s', (_name, register) => {
    expect(new Guest(apicv).load(register)).toBe('hypervisor-apic');
  });

  it.each([
    ['TPR', APIC_REG.TPR, 0x20, 'apic-hardware'],
    ['EOI', APIC_REG.EOI, 0, 'apic-hardware'],
    ['the high half of ICR', APIC_REG.ICR_HIGH, 0, 'apic-hardware'],
    ['a self-IPI', APIC_REG.ICR_LOW, SELF | 0x61, 'apic-hardware'],
    ['a self-IPI of an exception', APIC_REG.ICR_LOW, SELF | 0x0f, 'hypervisor-apic-write'],
    ['an IPI to another', APIC_REG.ICR_LOW, 0x61, 'hypervisor-apic-write'],
    ['the timer entry', APIC_REG.LVT_TIMER, 0x61, 'hypervisor-apic-write'],
    ['the initial count', APIC_REG.TIMER_INITIAL, 1000, 'hypervisor-apic-write'],
  ])('on a store to %s', (_name, register, value, route) => {
    expect(new Guest(apicv).store(register, value)).toBe(route);
  });

  it('exits at the EOI of a level-triggered interrupt: the I/O APIC must hear of it', () => {
    const guest = new Guest(apicv);
    const ended: number[] = [];
    guest.partition.onEoi((_vp, vector) => ended.push(vector));
    guest.apic.request(0x61, false, true);
    guest.apic.acknowledge();
    expect(guest.store(APIC_REG.EOI, 0)).toBe('hypervisor-eoi-level');
    expect(ended).toEqual([0x61]);
  });

  it('serves the same in x2APIC mode', () => {
    const guest = new Guest({ ...apicv, x2apic: true }).extend();
    expect(guest.wrmsr(APIC_REG.TPR, 0x20n)).toBe('apic-hardware');
    expect(guest.wrmsr(APIC_REG.EOI, 0n)).toBe('apic-hardware');
    expect(guest.wrmsr(APIC_REG.SELF_IPI, 0x61n)).toBe('apic-hardware');
    expect(guest.rdmsr(APIC_REG.PPR)).toBe('apic-hardware');
    expect(guest.rdmsr(APIC_REG.TIMER_CURRENT)).toBe('hypervisor-x2apic');
    expect(guest.wrmsr(APIC_REG.ICR_LOW, 0x61n)).toBe('hypervisor-x2apic');
    guest.apic.acknowledge();
    guest.apic.request(0x71, false, true);
    guest.apic.acknowledge();
    expect(guest.wrmsr(APIC_REG.EOI, 0n)).toBe('hypervisor-eoi-level');
  });

  it('does not spare the synthetic MSRs: they are no registers of the processor', () => {
    const guest = new Guest(apicv);
    const { route } = guest.way(() => guest.partition.writeMsr(0, HV_X64_MSR.EOI, 0n));
    expect(route).toBe('hypervisor-eoi');
  });

  it('finds by itself what may be taken: no threshold', () => {
    const guest = new Guest(apicv);
    guest.store(APIC_REG.TPR, 0x80);
    guest.apic.request(0x61);
    expect(guest.store(APIC_REG.TPR, 0)).toBe('apic-hardware');
    expect(guest.apic.ready).toBe(true);
  });

  it('takes a posted interrupt without an exit while it runs', () => {
    const { partition } = new Guest(apicv);
    const cpu = new Cpu(partition);
    const times: number[] = [];
    cpu.onVector(0x61, function* () {
      times.push(cpu.now);
      yield* cpu.eoi();
    });
    partition.engine.timer('irq', () => partition.vps[0].apic.request(0x61)).set(5000);
    cpu.finish(once(() => cpu.compute(50_000)));
    expect(times).toEqual([5000 + partition.costs.cost('irq.posted')]);
    expect(partition.counters.hypervisorExits).toBe(0);
    expect(partition.trace.rows().map(({ kind }) => kind)).toEqual(['irq.posted', 'apic.served']);
  });

  it('needs the hypervisor to wake a processor that halts', () => {
    const { partition } = new Guest(apicv);
    const cpu = new Cpu(partition);
    cpu.onVector(0x61, () => once(() => cpu.eoi()));
    partition.engine.timer('irq', () => partition.vps[0].apic.request(0x61)).set(50_000);
    cpu.finish(once(() => cpu.hlt()));
    const kinds = partition.trace.rows().map(({ kind }) => kind);
    expect(kinds).toContain('irq.take');
    expect(kinds).not.toContain('irq.posted');
  });
});

describe('AutoEOI', () => {
  const auto = HV_SYNIC_SINT.AUTO_EOI | 0x61n;

  it('switches APICv off for the whole partition until its source is masked', () => {
    const guest = new Guest({ apicv: true }, 2);
    const { apicHardware } = guest.partition;
    expect(apicHardware.delivers).toBe(true);
    guest.partition.writeMsr(1, HV_X64_MSR.SINT2, auto);
    expect([apicHardware.delivers, apicHardware.inhibited]).toEqual([false, true]);
    expect(guest.store(APIC_REG.EOI, 0)).toBe('hypervisor-apic');
    expect(guest.store(APIC_REG.TPR, 0x20)).toBe('hypervisor-apic');
    guest.partition.writeMsr(1, HV_X64_MSR.SINT2, auto | HV_SYNIC_SINT.MASKED);
    expect(apicHardware.delivers).toBe(true);
  });

  it('leaves FlexPriority alone', () => {
    const guest = new Guest({ apicv: true, flexPriority: true });
    guest.partition.writeMsr(0, HV_X64_MSR.SINT2, auto);
    expect(guest.store(APIC_REG.TPR, 0x20)).toBe('apic-hardware');
    expect(guest.store(APIC_REG.EOI, 0)).toBe('hypervisor-apic');
  });

  it('is forgotten at reset', () => {
    const guest = new Guest({ apicv: true });
    guest.partition.writeMsr(0, HV_X64_MSR.SINT2, auto);
    guest.partition.reset();
    expect(guest.partition.apicHardware.delivers).toBe(true);
  });
});

describe('an IPI', () => {
  it.each([
    ['mmio', 3, 'hypervisor-apic', {}],
    ['msr', 1, 'hypervisor-eoi', {}],
    ['x2apic', 1, 'hypervisor-x2apic', { x2apic: true }],
  ] as const)('V-APICMODE: by %s costs %i exits', (method, exits, route, features) => {
    const guest = new Guest(features, 2);
    if (method === 'x2apic') guest.extend();
    const cpu = new Cpu(guest.partition);
    const before = guest.partition.counters.hypervisorExits;
    cpu.finish(cpu.sendIpi(1, 0x61, method));
    expect(guest.partition.vps[1].apic.isPending(0x61)).toBe(true);
    expect(guest.partition.counters.hypervisorExits - before).toBe(exits);
    expect(guest.partition.counters.passed(route)).toBe(exits);
  });

  it.each(['mmio', 'msr', 'x2apic'] as const)('to oneself by %s arrives', (method) => {
    const guest = new Guest({ x2apic: true });
    if (method === 'x2apic') guest.extend();
    const cpu = new Cpu(guest.partition);
    cpu.cli();
    cpu.finish(once(() => cpu.sendSelfIpi(0x61, method)));
    expect(guest.apic.isPending(0x61)).toBe(true);
  });
});
