/** Cards of the gallery: every experiment, every preset, each with a small still. */
import type { Band, Readout, Still } from '../../truth/types.ts';
import { presets, still } from './book.ts';

export interface Card {
  readonly experiment: string;
  readonly question: string;
  readonly title: string;
  readonly sentence: string;
  readonly line: string;
  readonly page: string;
  readonly bands: readonly Band[];
  readonly wrongRule?: string;
  /** The three counters that tell most. */
  readonly readouts: readonly Pick<Readout, 'label' | 'text' | 'unit'>[];
}

/** Bars of a card are a few hundred pixels wide: finer ones would not be seen. */
const COARSE = 40;

export function cards(): Card[] {
  return presets().map(({ experiment, name, line }) => {
    const { title, sentence } = experiment.presets[name];
    const drawn = still(line);
    return {
      experiment: experiment.title,
      question: experiment.question,
      title,
      sentence,
      line,
      page: experiment.page,
      bands: drawn.bands.map(coarse),
      ...(drawn.wrongRule ? { wrongRule: drawn.wrongRule } : {}),
      readouts: drawn.headline.slice(0, 3).map(({ label, text, unit }) => ({ label, text, unit })),
    };
  });
}

/** Bands with nearby bars joined. */
export function coarse({ place, bars }: Still['bands'][number]): Band {
  const joined: number[] = [];
  for (let i = 0; i < bars.length; i += 2) {
    if (joined.length > 0 && bars[i] < COARSE) joined[joined.length - 1] += bars[i] + bars[i + 1];
    else joined.push(bars[i], bars[i + 1]);
  }
  return { place, bars: joined };
}
