import { formatCount as n } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

export const vspVsc: RecapIs = {
  line: 'vsp-vsc',
  sentences: [
    {
      says: ({ metrics }) =>
        `${n(metrics.packets)} packets needed ${n(metrics.signals)} ${metrics.signals === 1 ? 'signal' : 'signals'}. The other ${n(metrics.suppressed)} found the ring not empty, or the reader awake.`,
      holds: ({ metrics }) => metrics.signals > 0 && metrics.signals < metrics.packets,
      otherwise: ({ metrics }) =>
        metrics.signals === 0
          ? `${n(metrics.packets)} packets needed no signal by hypercall at all.`
          : `${n(metrics.packets)} packets and ${n(metrics.signals)} signals: each packet paid for one.`,
    },
    {
      says: ({ metrics }) =>
        `Every signal was needed, and every packet arrived: ${n(metrics.delivered)} taken, ${n(metrics.stuck)} stuck.`,
      holds: ({ metrics }) =>
        metrics.needless === 0 && metrics.stuck === 0 && metrics.delivered === metrics.packets,
      otherwise: ({ metrics }) =>
        `${n(metrics.needless)} signals told a reader that was awake already, and ${n(metrics.stuck)} packets were stuck while both sides slept.`,
    },
    {
      says: ({ metrics }) =>
        `The guest was never stopped for a device; its ${n(metrics.hypervisorExits)} exits are the signals.`,
      holds: ({ metrics }) => metrics.deviceIntercepts === 0 && metrics.hypervisorExits > 0,
      otherwise: ({ metrics }) =>
        `The guest had ${n(metrics.hypervisorExits)} exits. What the monitor page saves in exits it costs in waiting: ${n(metrics.meanLatency)} µs on average.`,
    },
  ],
};
