import { describe, expect, it } from 'vitest';
import { run, sweep } from '../experiments/index.ts';
import { lanesSvg } from './figure.ts';
import { imageOf, onPaper, seriesOf, sweepTable } from './show.ts';

const bySize = sweep('two-roads', 'size', [512, 4096], { mode: 'pio' });

describe('seriesOf', () => {
  it('takes one number of each run, with the labels of the sweep', () => {
    expect(seriesOf(bySize, 'deviceIntercepts', 'Stops', 'count')).toEqual({
      id: 'two-roads-size-deviceIntercepts',
      title: 'Stops',
      unit: 'count',
      labels: ['512B', '4KiB'],
      values: [20, 62],
    });
  });
});

describe('sweepTable', () => {
  it('has a row for each value and a column for each number', () => {
    expect(sweepTable(bySize, ['sectors', 'deviceIntercepts']).split('\n')).toEqual([
      '| size | sectors | deviceIntercepts |',
      '| --- | ---: | ---: |',
      '| 512B | 1 | 20 |',
      '| 4KiB | 8 | 62 |',
    ]);
  });
});

describe('onPaper', () => {
  it('puts one sheet under a figure and a margin around it', () => {
    const bare = lanesSvg(run('ring-transitions'), { width: 600 });
    const [, height] = /height="(\d+)"/.exec(bare) ?? [];
    const framed = onPaper(bare);
    expect(framed).toContain(`viewBox="-16 -16 632 ${Number(height) + 32}" width="632"`);
    expect(framed.match(/class="paper"/g)).toHaveLength(1);
    expect(framed.indexOf('class="paper"')).toBeLessThan(framed.indexOf('class="ink'));
  });
});

describe('imageOf', () => {
  const figure = lanesSvg(run('ring-transitions'), { title: 'fewer & < "dear" stops, 50 %' });

  it('carries the whole figure in its address', () => {
    const [, address] = /src="data:image\/svg\+xml,([^"]+)"/.exec(imageOf(figure)) ?? [];
    expect(decodeURIComponent(address)).toBe(onPaper(figure));
  });

  it('says in words what the figure shows', () => {
    expect(imageOf(figure)).toContain('alt="fewer &amp; &lt; &quot;dear&quot; stops, 50 %"');
  });
});
