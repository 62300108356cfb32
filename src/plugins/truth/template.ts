/** The parts of a concept page in their order, and which of them a page lacks. The list is that of "Add a concept page". */

/** One part: what it is called, how an author writes it, and where it must stand. */
interface PartOfPage {
  readonly name: string;
  readonly written: string;
  readonly is: RegExp;
  /** Stands anywhere between the gap and the open lab, and not at its place in this list. */
  readonly between?: boolean;
}

/** An element of this name whose attributes match, over several lines too. */
const element = (name: string, attributes = ''): RegExp =>
  new RegExp(`<${name}\\b(?=[^>]*${attributes})[^>]*>`);

export const TEMPLATE: readonly PartOfPage[] = [
  { name: 'strip', written: '<Strip … />', is: element('Strip', 'minutes=') },
  { name: 'hook', written: '<Hook …>', is: element('Hook') },
  { name: 'objectives', written: '<Objectives … />', is: element('Objectives') },
  { name: 'bet', written: '<Bet … n={0} />', is: element('Bet', 'n=\\{0\\}') },
  { name: 'run', written: '<Experiment … stage={0} />', is: element('Experiment', 'stage=\\{0\\}') },
  { name: 'gap', written: '<Gap … n={0} />', is: element('Gap', 'n=\\{0\\}') },
  { name: 'explanation', written: '## …', is: /\n## / },
  { name: 'a number of a run', written: '<Num … />', is: element('Num'), between: true },
  { name: 'a checked sentence', written: '<Claim …>', is: element('Claim'), between: true },
  { name: 'a noun in its colour', written: '<Place …>', is: element('Place'), between: true },
  { name: 'sequence diagram', written: '<Diagram … />', is: element('Diagram'), between: true },
  {
    name: 'contrast',
    written: '<Experiment … with="…" />',
    is: element('Experiment', 'with='),
    between: true,
  },
  {
    name: 'the belief that runs',
    written: '<Experiment … belief="…" />',
    is: element('Experiment', 'belief='),
    between: true,
  },
  { name: 'worked example', written: '<WorkedExample … />', is: element('WorkedExample') },
  { name: 'faded example', written: '<Faded … />', is: element('Faded') },
  {
    name: 'open lab with a puzzle',
    written: '<Experiment … goals />',
    is: element('Experiment', '\\bgoals\\b'),
  },
  { name: 'code', written: '<CodeCell … />', is: /<(?:CodeCell|Snippet)\b/ },
  { name: 'checks', written: '<Checks … />', is: element('Checks') },
  { name: 'exercises', written: '<Exercises … />', is: element('Exercises') },
  { name: 'recap', written: '<Recap … />', is: element('Recap') },
  { name: 'limits', written: '<Limits … />', is: element('Limits') },
  { name: 'sources', written: '## Sources', is: /\n## Sources\n/ },
  { name: 'next page, and how to teach this one', written: '<Next … />', is: element('Next') },
];

/** What is missing on a page or stands at the wrong place, one sentence each. */
export function lacking(page: string): string[] {
  const found = TEMPLATE.map((part, i) => ({ ...part, number: i + 1, at: page.search(part.is) }));
  const [gap, lab] = ['gap', 'open lab with a puzzle'].map(
    (name) => found.find((part) => part.name === name)?.at ?? -1,
  );
  let last = { name: 'title', at: -1 };
  return found.flatMap(({ name, written, is, between, number, at }) => {
    const part = `part ${number} of ${TEMPLATE.length}, ${name} (${written})`;
    if (at < 0) return [`${part}, is missing`];
    if (between)
      return is.test(page.slice(gap, lab)) ? [] : [`${part}, stands nowhere between gap and open lab`];
    // A part may occur earlier as well: what counts is that one stands behind the part before.
    const here = page.slice(last.at + 1).search(is);
    if (here < 0) return [`${part}, stands before "${last.name}" and must stand behind it`];
    last = { name, at: last.at + 1 + here };
    return [];
  });
}

/** What is wrong with the size of a part: words of the hook, lines of the objectives, length of the explanation. */
export function sizes(page: string): string[] {
  const hook = /<Hook[^>]*>([\s\S]*?)<\/Hook>/.exec(page)?.[1] ?? '';
  const words = hook.split(/\s+/).filter((word) => /\p{L}|\d/u.test(word)).length;
  const objectives = page.match(/check: '/g)?.length ?? 0;
  const title = /^title: (.*)$/m.exec(page)?.[1] ?? '';
  return [
    ...(words === 0 || words > 25 ? [`the hook has ${words} words; at most 25`] : []),
    ...(objectives !== 3 ? [`there are ${objectives} objectives with a check; three are wanted`] : []),
    ...(title.trim().endsWith('?') ? [] : [`the title "${title}" is no question`]),
  ];
}
