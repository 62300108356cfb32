/** What each ingredient of a road is worth: the same request with one thing changed. The numbers are read from runs at build. */
export interface Ablations {
  readonly title: string;
  readonly note: string;
  readonly metric: string;
  /** Label and line, in the order of the chart. */
  readonly rows: readonly (readonly [label: string, line: string])[];
}

export const ABLATIONS: Readonly<Record<string, Ablations>> = {
  'two-roads': {
    title: 'What buys what: ten kilobytes, one thing changed at a time',
    note: 'Microseconds of the machine for one write of 10 KiB; the last two divide the time of 32 writes by 32',
    metric: 'microseconds',
    rows: [
      ['programmed I/O as it is', 'two-roads?mode=pio'],
      ['… copies cost nothing', 'two-roads?mode=pio&relief=copies'],
      ['… no hop to ring 3', 'two-roads?mode=pio&relief=ring-3'],
      ['… fewer stops (DMA)', 'two-roads?mode=dma'],
      ['… one stop (INT13)', 'two-roads?mode=int13'],
      ['the synthetic road', 'two-roads?mode=synthetic'],
      ['… many, one at a time', 'two-roads?mode=synthetic&requests=32'],
      ['… many, 32 at once', 'two-roads?mode=synthetic&requests=32&depth=32'],
    ],
  },
};
