/** The run of a piece of code: its outputs as they come, and how it stands. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Output } from './protocol.ts';
import type { Running } from './runner.ts';

export type Status = 'built' | 'loading' | 'running' | 'done' | 'failed';

export interface RunState {
  readonly status: Status;
  readonly outputs: readonly Output[];
  /** True for outputs that the build computed. */
  readonly built: boolean;
  /** The text that gave the outputs. */
  readonly source: string;
  readonly ms: number;
}

/** Outputs are drawn together, not one by one. */
const DRAW_MS = 60;

export function useRun(source: string, outputs: readonly Output[]) {
  const [state, setState] = useState<RunState>({ status: 'built', outputs, built: true, source, ms: 0 });
  const running = useRef<Running>(undefined);
  const alive = useRef(true);

  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
      running.current?.stop();
    };
  }, []);

  /** Runs a text; gives what went wrong, if anything did. */
  const run = useCallback(
    async (text: string, limit?: number, before?: string): Promise<Output | undefined> => {
      running.current?.stop();
      setState((now) => ({ ...now, status: 'loading' }));
      const { runCell } = await import('./runner.ts');
      const came: Output[] = [];
      let began = performance.now();
      const draw = (status: Status): void => {
        if (!alive.current || running.current !== mine) return;
        const ms = Math.round(performance.now() - began);
        setState({ status, outputs: [...came], built: false, source: text, ms });
      };
      let timer: ReturnType<typeof setTimeout> | undefined;
      const take = (output: Output): void => {
        came.push(output);
        timer ??= setTimeout(() => {
          timer = undefined;
          draw('running');
        }, DRAW_MS);
      };
      const mine = runCell(
        text,
        take,
        () => {
          began = performance.now();
          if (alive.current) setState((now) => ({ ...now, status: 'running' }));
        },
        limit,
        before,
      );
      running.current = mine;
      await mine.done;
      clearTimeout(timer);
      const wrong = came.find(({ kind }) => kind === 'problem');
      draw(wrong ? 'failed' : 'done');
      return wrong;
    },
    [],
  );

  return {
    state,
    run,
    stop: useCallback(() => running.current?.stop(), []),
    /** Shows again what the build computed. */
    restore: useCallback(
      () => setState({ status: 'built', outputs, built: true, source, ms: 0 }),
      [outputs, source],
    ),
  };
}
