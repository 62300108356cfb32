/**
 * A part of a page that rests until a reader comes near. Its text and picture are in the page as the build made them; its script and
 * data are loaded when the reader does something on the page and the part is near the view, or is pointed at or focused. The living
 * part then takes the place of the picture without a visible change, and what was done to the picture meanwhile is done to it.
 */
import { type ComponentType, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { Recorder, type Replay, replay } from './replay.ts';
import { whenWanted } from './wanted.ts';

/** The module of a page's resting parts: the components by name, and the data that they share. */
type Module = Readonly<Record<string, unknown>> & { readonly data: readonly unknown[] };

/** At build the module itself, in a browser the way to it. */
export interface Parts {
  readonly parts?: Module;
  readonly load?: () => Promise<Module>;
}

export interface LaterProps {
  /** Name of the component. */
  readonly what: string;
  readonly parts: Parts;
  /** Where in the data each property lies: `still:3 schema:0`. */
  readonly in: string;
  readonly [own: string]: unknown;
}

export default function Later({ what, parts, in: places, ...own }: LaterProps) {
  const [module, setModule] = useState<Module | undefined>(parts.parts);
  const frame = useRef<HTMLDivElement>(null);
  const done = useRef<Replay>(undefined);

  useEffect(() => {
    const element = frame.current;
    const { load } = parts;
    if (module || !element || !load) return;
    const recorder = new Recorder(element);
    const take = async (): Promise<void> => {
      const loaded = await load();
      done.current = recorder.stop();
      // In one turn: what is done between the last look at the picture and the first of the living part would be lost.
      flushSync(() => setModule(loaded));
    };
    const leave = whenWanted(element, () => void take());
    return () => {
      leave();
      recorder.stop();
    };
  }, [module, parts]);

  useEffect(() => {
    if (module && frame.current && done.current) replay(frame.current, done.current);
    done.current = undefined;
  }, [module]);

  if (!module)
    // What the build rendered stays as it is: React is told that the inside is none of its business.
    return (
      <div
        key="resting"
        ref={frame}
        data-later={what}
        suppressHydrationWarning
        // biome-ignore lint/security/noDangerouslySetInnerHtml: keeps the HTML of the build; nothing is set
        dangerouslySetInnerHTML={{ __html: '' }}
      />
    );
  const Part = module[what] as ComponentType<Record<string, unknown>>;
  return (
    <div key="awake" ref={frame} data-later={what}>
      <Part {...own} {...dataOf(places, module)} />
    </div>
  );
}

const dataOf = (places: string, { data }: Module): Record<string, unknown> =>
  Object.fromEntries(
    places
      .split(' ')
      .map((place) => place.split(':'))
      .filter(([name]) => name)
      .map(([name, index]) => [name, data[Number(index)]]),
  );
