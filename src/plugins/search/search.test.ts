import { describe, expect, it } from 'vitest';
import { engineOver, otherWords, wordsOf } from '../../components/Search/engine.ts';
import { excerpt } from '../../components/Search/excerpt.ts';
import { moments } from './moments.ts';
import { type Found, sectionsOf } from './sections.ts';

const PAGE = `<html><head><title>Two roads | Ringside</title></head><body><nav>Search me not</nav><main><article>
  <h1>Why is an emulated disk so slow?</h1><p>One request.</p>
  <h2 id="other-road">The other road<a class="hash-link" href="#x">#</a></h2>
  <p>A <b>ring</b> of memory.</p><figure><p>digest</p></figure><ul><li><p>storvsc writes</p></li></ul>
</article></main></body></html>`;

const entry = (title: string, text: string, kind: Found['kind'] = 'part'): Found => ({
  to: `/${title}`,
  page: 'A page',
  title,
  text,
  kind,
});

describe('what can be found', () => {
  it('is the prose of each section, under its heading and address', () => {
    expect(sectionsOf(PAGE, '/concepts/two-roads')).toEqual([
      {
        to: '/concepts/two-roads',
        page: 'Why is an emulated disk so slow?',
        title: 'Why is an emulated disk so slow?',
        text: 'One request.',
        kind: 'part',
      },
      {
        to: '/concepts/two-roads#other-road',
        page: 'Why is an emulated disk so slow?',
        title: 'The other road',
        text: 'A ring of memory. storvsc writes',
        kind: 'part',
      },
    ]);
  });

  it('includes moments of runs, each with the run and the step in its address', () => {
    const all = moments((id) => id === 'two-roads' || id === 'vsp-vsc');
    expect(all.length).toBeGreaterThan(20);
    for (const { to } of all) expect(to).toMatch(/^\/concepts\/[a-z-]+\?(.*&)?step=\d+#run-it$/);
    const engine = engineOver(all);
    for (const name of ['SIGNAL_EVENT', 'event flag of the port', 'READ_DMA'])
      expect([name, engine.find(name)[0]?.kind]).toEqual([name, 'moment']);
  });
});

describe('the engine', () => {
  const all = [
    entry('The ring', 'Packets lie in a ring of memory.'),
    entry('storvsc', 'The driver of the synthetic disk in the guest.'),
    entry('RingView', 'One direction of a channel.', 'reference'),
    entry('END_INITIALIZATION', 'The guest closes CREATE_SUB_CHANNELS.', 'moment'),
  ];
  const titles = (query: string): string[] =>
    engineOver(all)
      .find(query)
      .map(({ title }) => title);

  it('finds by other words for the same', () => {
    expect(titles('circular buffer')[0]).toBe('The ring');
    expect(titles('service client')).toContain('storvsc');
    expect(otherWords('the circular buffer')).toContain('ring');
    expect(otherWords('capital')).toEqual([]);
  });

  it('finds a name whole, by its words, by its beginning, and with a slip of the finger', () => {
    expect(wordsOf('CREATE_SUB_CHANNELS RingView')).toEqual(
      expect.arrayContaining(['CREATE_SUB_CHANNELS', 'CHANNELS', 'Ring', 'View']),
    );
    for (const query of ['CREATE_SUB_CHANNELS', 'sub channels', 'create_sub', 'initialisation'])
      expect(titles(query)).toContain('END_INITIALIZATION');
  });

  it('finds nothing for nothing, and takes any text for text', () => {
    expect(titles('  ')).toEqual([]);
    for (const query of ['((', '"', '\\', '.*', '\u0000', 'x'.repeat(5000)])
      expect(titles(query)).toEqual([]);
  });
});

describe('an excerpt', () => {
  const text = `${'words that lead up to it '.repeat(10)}the ring lies here ${'and words after it '.repeat(20)}`;
  it('shows the place that was looked for, at whole words', () => {
    const shown = excerpt(text, 'ring');
    expect(shown).toContain('the ring lies here');
    expect(shown).toMatch(/^… \w.* …$/);
    expect(excerpt('short', 'ring')).toBe('short');
  });
});
