/** Small drawings for the concept cards, in the colours of the places they show. They repeat the title and stay silent. */
import type { ReactNode } from 'react';

const guest = 'var(--place-guest-kernel)';
const line = 'var(--place-hypervisor)';
const root = 'var(--place-root-kernel)';
const worker = 'var(--place-root-user)';

function Motif({ children }: { children: ReactNode }) {
  return (
    <svg viewBox="0 0 240 72" fill="none" preserveAspectRatio="xMinYMid meet" aria-hidden="true">
      {children}
    </svg>
  );
}

const Line = () => <path d="M0 34.500h240M0 38.500h240" stroke={line} strokeWidth="1.200" />;

/** Many dips beside a single one. */
export function RoadsMotif() {
  const teeth = Array.from({ length: 14 }, (_, i) => i * 10);
  return (
    <Motif>
      <Line />
      <path
        d={`M0 10${teeth.map((x) => `H${x + 4}V62H${x + 7}V10`).join('')}H150`}
        stroke="var(--ink-muted)"
        strokeWidth="1"
      />
      <path d={teeth.map((x) => `M${x + 3} 62h5`).join('')} stroke={worker} strokeWidth="5" />
      <path d={`M0 10h5${teeth.map((x) => `M${x + 6} 10h6`).join('')}`} stroke={guest} strokeWidth="5" />
      <path d="M174 10H196V54H222V10H240" stroke="var(--ink-muted)" strokeWidth="1" />
      <path d="M174 10h24M220 10h20" stroke={guest} strokeWidth="5" />
      <path d="M195 54h28" stroke={root} strokeWidth="5" />
    </Motif>
  );
}

/** Down the rings and up again. */
export function StairsMotif() {
  return (
    <Motif>
      <Line />
      <path d="M0 10H40V36H72V52H104V64H140V52H172V36H204V10H240" stroke="var(--ink-muted)" strokeWidth="1" />
      <path d="M0 10h41M203 10h37" stroke={guest} strokeWidth="5" />
      <path d="M39 36.500h34M171 36.500h34" stroke={line} strokeWidth="6" />
      <path d="M71 52h34M139 52h34" stroke={root} strokeWidth="5" />
      <path d="M103 64h38" stroke={worker} strokeWidth="5" />
    </Motif>
  );
}

/** A ring that lies across the line, partly filled. */
export function RingMotif() {
  const circumference = 2 * Math.PI * 25;
  return (
    <Motif>
      <path d="M0 34.500h90M150 34.500h90M0 38.500h90M150 38.500h90" stroke={line} strokeWidth="1.200" />
      <circle cx="120" cy="36" r="25" stroke="var(--rule)" strokeWidth="11" />
      <circle
        cx="120"
        cy="36"
        r="25"
        stroke={guest}
        strokeWidth="11"
        strokeDasharray={`${circumference * 0.055} ${circumference * 0.02}`}
        pathLength={circumference}
        clipPath="inset(0)"
        style={{ strokeDasharray: '8 3.780' }}
        mask="url(#ring-motif-filled)"
      />
      <mask id="ring-motif-filled" maskUnits="userSpaceOnUse" x="80" y="0" width="80" height="72">
        <path d="M120 36L120 0H160V72H104Z" fill="#fff" />
      </mask>
      <path d="M30 10H88" stroke={guest} strokeWidth="5" />
      <path d="M152 62H210" stroke={root} strokeWidth="5" />
      <path d="M88 10Q104 10 112 14M136 56Q142 62 152 62" stroke="var(--ink-muted)" strokeWidth="1" />
    </Motif>
  );
}
