/** Steps through the recorded events: by button, by key, by slider. Time is an index into the record, so back is as easy as forward. */
import { memo, useEffect, useRef, useState } from 'react';
import { formatCount } from '../../../sim/lab/format.ts';
import type { Detail } from '../../truth/types.ts';
import styles from './player.module.css';
import { sentenceOf } from './sentence.ts';
import type { Zoom } from './useZoom.ts';

/** A whole run plays in about this time; no event is shown shorter than a frame or longer than half a second. */
const PLAY_MS = 9000;

export interface PlayerProps {
  readonly events: number;
  /** Undefined until the page has run the experiment itself. */
  readonly detail?: Detail;
  readonly hz: number;
  /** The present event; -1 before the first step. */
  readonly event: number;
  readonly onEvent: (event: number) => void;
  /** Asks for the detail. */
  readonly onWake: () => void;
  /** Where time can be shown larger. */
  readonly zoom?: Zoom;
}

export const Player = memo(function Player({
  events,
  detail,
  hz,
  event,
  onEvent,
  onWake,
  zoom,
}: PlayerProps) {
  const [playing, setPlaying] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const last = events - 1;
  usePlaying(playing && detail !== undefined, event, last, onEvent, setPlaying);
  useRestWhenHidden(frame, playing, setPlaying);

  const go = (to: number): void => {
    setPlaying(false);
    onWake();
    onEvent(Math.max(0, Math.min(last, to)));
  };
  const play = (): void => {
    onWake();
    if (!playing && event >= last) onEvent(0);
    setPlaying(!playing);
  };
  const sentence = detail && event >= 0 && event <= last ? sentenceOf(detail, event, hz) : undefined;
  return (
    <div className={styles.player} ref={frame}>
      <div className={styles.row}>
        <div className={styles.buttons}>
          <button
            type="button"
            onClick={() => go(event - 1)}
            disabled={event <= 0}
            aria-label="Step back"
            aria-keyshortcuts=","
          >
            <Glyph d="M11 3 5 8l6 5zM4 3v10" />
          </button>
          <button
            type="button"
            onClick={play}
            aria-label={playing ? 'Pause' : 'Play'}
            aria-keyshortcuts="p"
            disabled={events === 0}
          >
            <Glyph d={playing ? 'M5 3v10M11 3v10' : 'M5 3l7 5-7 5z'} />
          </button>
          <button
            type="button"
            onClick={() => go(event + 1)}
            disabled={event >= last}
            aria-label="Step forward"
            aria-keyshortcuts="."
          >
            <Glyph d="M5 3l6 5-6 5zM12 3v10" />
          </button>
        </div>
        <input
          className={styles.scrub}
          type="range"
          min={0}
          max={Math.max(0, last)}
          step={1}
          value={Math.max(0, event)}
          onChange={(change) => go(Number(change.target.value))}
          aria-label="Step of the run"
          aria-valuetext={sentence ?? `step ${Math.max(0, event) + 1} of ${events}`}
        />
        {zoom && <Zooming zoom={zoom} />}
      </div>
      <p className={styles.sentence} aria-live={playing ? 'off' : 'polite'}>
        {sentence ? (
          <>
            <span className={styles.count}>
              {formatCount(event + 1)}/{formatCount(events)}
            </span>{' '}
            {sentence}
          </>
        ) : (
          `${formatCount(events)} ${events === 1 ? 'step' : 'steps'} recorded. Go through them one by one, play them, or drag the slider.`
        )}
      </p>
    </div>
  );
});

const Zooming = ({ zoom }: { zoom: Zoom }) => (
  <div className={styles.buttons}>
    <button
      type="button"
      onClick={zoom.out}
      disabled={!zoom.view}
      aria-label="Show more of the time"
      aria-keyshortcuts="-"
    >
      <Glyph d="M3 8h10" />
    </button>
    <button type="button" onClick={zoom.in} aria-label="Show less of the time, larger" aria-keyshortcuts="+">
      <Glyph d="M3 8h10M8 3v10" />
    </button>
    <button
      type="button"
      className={styles.word}
      onClick={zoom.all}
      disabled={!zoom.view}
      aria-keyshortcuts="0"
    >
      all
    </button>
  </div>
);

const Glyph = ({ d }: { d: string }) => (
  <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path d={d} />
  </svg>
);

function usePlaying(
  on: boolean,
  event: number,
  last: number,
  onEvent: (event: number) => void,
  setPlaying: (on: boolean) => void,
): void {
  useEffect(() => {
    if (!on) return;
    if (event >= last) {
      setPlaying(false);
      return;
    }
    const each = Math.min(500, PLAY_MS / (last + 1));
    const stride = Math.max(1, Math.round(33 / each));
    const timer = setTimeout(() => onEvent(Math.min(last, event + stride)), Math.max(each, 33));
    return () => clearTimeout(timer);
  }, [on, event, last, onEvent, setPlaying]);
}

/** A figure that cannot be seen does not go on. */
function useRestWhenHidden(
  frame: React.RefObject<HTMLElement | null>,
  playing: boolean,
  setPlaying: (on: boolean) => void,
): void {
  useEffect(() => {
    const element = frame.current;
    if (!element || !playing) return;
    const observer = new IntersectionObserver(([entry]) => entry.isIntersecting || setPlaying(false), {
      rootMargin: '320px',
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame, playing, setPlaying]);
}
