/** The parameters of `time-sync`. */
import { choice, count } from '../lab/params.ts';

export const timeSyncParams = {
  others: count({
    label: 'Other machines',
    why: 'They always have something to do, and share one processor with this guest.',
    unit: '',
    min: 0,
    max: 12,
    step: 1,
    scale: 'linear',
    default: 4,
  }),
  policy: choice({ ignore: 'ignored', step: 'sets the clock', slew: 'changes its rate' }, 'ignore', {
    label: 'A hint of the host',
    why: 'Every few seconds the host says what time it is; the guest may do with it what it likes.',
  }),
  clock: choice({ ticks: 'its ticks', counter: 'a counter' }, 'ticks', {
    label: 'The clock counts',
    why: 'A tick that never came is never counted. A counter goes on, whoever runs.',
  }),
  message: choice({ reference: 'with reference time', plain: 'host time alone' }, 'reference', {
    label: 'The message carries',
    why: 'With the reference time of the same instant the guest knows how old the message is.',
  }),
  period: count({
    label: 'Time between hints',
    why: 'Between two hints the clock is on its own.',
    unit: 's',
    min: 1,
    max: 60,
    step: 1,
    scale: 'log2',
    default: 5,
  }),
  tick: choice({ '64': '64 Hz', '100': '100 Hz', '250': '250 Hz', '1000': '1000 Hz' }, '100', {
    label: 'Ticks',
    why: 'The oftener it ticks, the more ticks come while it does not run.',
  }),
  missed: choice({ 'catch-up': 'are made up for', lazy: 'are gone' }, 'catch-up', {
    label: 'Missed ticks',
    why: 'A synthetic timer goes off faster for a while when it is behind, unless it is told to be lazy.',
  }),
  time: count({
    label: 'How long',
    why: 'What gets lost adds up.',
    unit: 's',
    min: 10,
    max: 120,
    step: 1,
    scale: 'linear',
    default: 30,
  }),
};
