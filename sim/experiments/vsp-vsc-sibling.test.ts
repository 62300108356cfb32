/** The second machine must be able to do harm, or its harmlessness would prove nothing. */
import { describe, expect, it } from 'vitest';
import { Lab } from '../lab/lab.ts';
import { defaultsOf } from '../lab/params.ts';
import { vspParams } from './vsp-vsc-params.ts';
import { bootChannel } from './vsp-vsc-run.ts';
import type { ChannelPair } from './vsp-vsc-sibling.ts';
import { reach, siblingSink } from './vsp-vsc-sibling.ts';

function pairOf(lab: Lab, beside?: ChannelPair) {
  const machine = lab.machine({ era: '2020', ...(beside ? { beside: beside.machine } : {}) });
  const { sink, taken } = siblingSink(machine);
  return { pair: bootChannel(machine, sink, defaultsOf(vspParams)), taken };
}

describe('a second machine', () => {
  it('has another partition of the same hypervisor, and the same numbers', () => {
    const lab = new Lab(1);
    const { pair: first } = pairOf(lab);
    const { pair: second } = pairOf(lab, first);
    expect(second.machine.hypervisor).toBe(first.machine.hypervisor);
    expect(second.machine.partition.id).not.toBe(first.machine.partition.id);
    expect([second.channel.offer.relid, second.channel.offer.connectionId]).toEqual([
      first.channel.offer.relid,
      first.channel.offer.connectionId,
    ]);
    expect(second.channel.outbound.size).toBe(first.channel.outbound.size);
  });

  it('serves its own provider and leaves the first alone', () => {
    const lab = new Lab(1);
    const { pair: first, taken: firstTaken } = pairOf(lab);
    const { pair: second, taken } = pairOf(lab, first);
    expect(reach(first, second, taken)).toEqual({ taken: 16, crossed: 0 });
    expect(second.channel.state).toBe('closed');
    expect([first.channel.state, firstTaken()]).toEqual(['open', 0]);
  });

  it('is noticed when it does the same from inside the first', () => {
    const { pair: first, taken } = pairOf(new Lab(1));
    const { crossed } = reach(first, first, taken);
    expect(taken()).toBe(16);
    expect(crossed).toBeGreaterThan(16);
  });
});
