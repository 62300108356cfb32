/** One guest on a page: its worker, the state it is in, and what has been heard of it. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { GuestParts, LogLine, Report, Said, Settings, Told } from './protocol.ts';

export type Phase = 'idle' | 'loading' | 'running' | 'paused' | 'done' | 'failed';

export interface Guest {
  readonly phase: Phase;
  /** Why it is in this phase, for the reader. */
  readonly why: string;
  readonly report: Report | undefined;
  /** The serial console, without what only a terminal understands. */
  readonly serial: string;
  readonly screen: string;
  readonly log: readonly LogLine[];
  /** Milestones of the run before this one, with the settings that it had. */
  readonly former: Former | undefined;
}

export interface Former {
  readonly report: Report;
  readonly settings: Settings;
  readonly name: string;
}

/** Lines and letters that are kept. */
const MOST = { LINES: 3000, LETTERS: 200_000 } as const;
const NOTHING: Guest = {
  ...{ phase: 'idle', why: '', report: undefined, serial: '', screen: '', log: [], former: undefined },
};

/** Colours and cursor movements of a terminal. */
const ESCAPES = new RegExp(`${String.fromCharCode(27)}(\\[[0-9;?]*[ -/]*[@-~]|[()].|.)`, 'g');

/** Text of a console as a page shows it: backspaces done, line ends made one. */
export function printed(before: string, added: string): string {
  let text = before;
  for (const char of added.replace(ESCAPES, '').replaceAll('\r\n', '\n').replaceAll('\r', '\n'))
    if (char === '\b') text = text.slice(0, -1);
    else if (char >= ' ' || char === '\n' || char === '\t') text += char;
  return text.slice(-MOST.LETTERS);
}

/** The log with what is new; a line that goes on takes the place of its beginning. */
export function longer(log: readonly LogLine[], added: readonly LogLine[]): readonly LogLine[] {
  if (added.length === 0) return log;
  const first = added[0].id;
  const kept = log.at(-1)?.id === first ? log.slice(0, -1) : log;
  return [...kept, ...added].slice(-MOST.LINES);
}

function save(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: 'guest-recording.json' });
  link.click();
  URL.revokeObjectURL(url);
}

function heard(guest: Guest, said: Said): Guest {
  switch (said.kind) {
    case 'running':
      return { ...guest, phase: 'running', why: '' };
    case 'report':
      return {
        ...{ ...guest, report: said, screen: said.screen ?? guest.screen },
        ...{ serial: printed(guest.serial, said.serial), log: longer(guest.log, said.log) },
      };
    case 'paused':
      return { ...guest, phase: 'paused', why: said.why };
    case 'done':
      return { ...guest, phase: 'done', why: 'The guest has switched itself off.' };
    case 'failed':
      return { ...guest, phase: 'failed', why: `${said.message} ${said.hint}`.trim() };
    default:
      return guest;
  }
}

/** Where the emulator lies. */
export interface Places {
  readonly library: string;
  readonly module: string;
}

export function useGuest(places: Places) {
  const [guest, setGuest] = useState<Guest>(NOTHING);
  const worker = useRef<Worker>(undefined);
  const running = useRef<{ name: string; settings: Settings }>(undefined);

  const end = useCallback(() => {
    worker.current?.terminate();
    worker.current = undefined;
  }, []);
  useEffect(() => end, [end]);

  const tell = useCallback((told: Told) => worker.current?.postMessage(told), []);

  const start = useCallback(
    (parts: GuestParts, settings: Settings) => {
      end();
      const before = running.current;
      setGuest(({ report, former }) => ({
        ...{ ...NOTHING, phase: 'loading', why: 'The emulator is being loaded.' },
        former: report && before ? { report, ...before } : former,
      }));
      running.current = { name: parts.name, settings };
      const made = new Worker(new URL('./guest.worker.ts', import.meta.url));
      worker.current = made;
      made.onmessage = ({ data }: MessageEvent<Said>) => {
        if (worker.current !== made) return;
        if (data.kind === 'recording') save(data.text);
        else setGuest((guest) => heard(guest, data));
      };
      made.onerror = (event) => {
        event.preventDefault();
        const why = `The guest's worker stopped: ${event.message || 'its script did not come'}. Load the page again.`;
        setGuest((guest) => ({ ...guest, phase: 'failed', why }));
      };
      const address = (path: string): string => new URL(path, location.href).href;
      tell({
        ...{ kind: 'start', parts, settings },
        ...{ library: address(places.library), module: address(places.module) },
      });
    },
    [end, tell, places],
  );

  const stop = useCallback(() => {
    end();
    setGuest((guest) => ({ ...guest, phase: 'done', why: 'You stopped the guest.' }));
  }, [end]);

  const resume = useCallback(() => {
    tell({ kind: 'resume' });
    setGuest((guest) => ({ ...guest, phase: 'running', why: '' }));
  }, [tell]);

  const step = useCallback(() => {
    tell({ kind: 'step' });
    setGuest((guest) => ({ ...guest, phase: 'running', why: 'The guest runs to its next hypercall.' }));
  }, [tell]);

  return { guest, start, stop, resume, step, tell };
}
