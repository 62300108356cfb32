import { describe, expect, it } from 'vitest';
import { schema } from './book.ts';
import { namesOf } from './names.ts';

describe('the names of runs side by side', () => {
  it('are the titles of their presets', () => {
    const { presets } = schema('two-roads');
    expect(namesOf(schema('two-roads'), ['two-roads?mode=dma'])).toEqual([presets.dma?.title]);
  });

  it('say otherwise what is different, in the words of the controls', () => {
    const lines = ['boot-ide-filter?scale=1024', 'boot-ide-filter?scale=1024&technique=none'];
    const names = namesOf(schema('boot-ide-filter'), lines);
    const options = schema('boot-ide-filter').params.technique as unknown as {
      options: Record<string, string>;
    };
    expect(names).toEqual([options.options.storflt, options.options.none]);
    expect(namesOf(schema('two-roads'), ['two-roads?requests=3', 'two-roads?requests=5'])).toEqual([
      expect.stringMatching(/: 3$/),
      expect.stringMatching(/: 5$/),
    ]);
  });

  it('are the line where nothing else can be said', () => {
    expect(namesOf(schema('two-roads'), ['two-roads?requests=3'])).toEqual(['two-roads?requests=3']);
  });
});
