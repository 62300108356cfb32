/**
 * The colour of each place: cool = host side, warm = guest side, violet = hypervisor, grey = hardware; dark = kernel, light = user.
 * The site defines the same values as custom properties; figures name the property and fall back to the literal, so that one SVG
 * serves the page, a notebook and a download. `src/css/tokens.test.ts` keeps both equal, and the colours of print.
 */
import type { Place } from '../machine/places.ts';

/** Mark colours, measured for distance (also under simulated colour blindness) and contrast. */
export const PALETTE: Readonly<Record<Place, { readonly light: string; readonly dark: string }>> = {
  'guest-user': { light: '#C97B1D', dark: '#F3CB38' },
  'guest-kernel': { light: '#A7390A', dark: '#D36813' },
  hypervisor: { light: '#3F266B', dark: '#A46DAA' },
  'root-kernel': { light: '#1C60D5', dark: '#A4B2FD' },
  'root-user': { light: '#1E9ECF', dark: '#B0F6FE' },
  hardware: { light: '#7D7B85', dark: '#ACAAB4' },
};

/** Lanes from top to bottom: the guest mirrors the root about the hypervisor, hardware is the floor. */
export const LANE_ORDER: readonly Place[] = [
  'guest-user',
  'guest-kernel',
  'hypervisor',
  'root-kernel',
  'root-user',
  'hardware',
];

/** Lane names as printed. */
export const LANE_TITLES: Readonly<Record<Place, string>> = {
  'guest-user': 'guest user',
  'guest-kernel': 'guest kernel',
  hypervisor: 'hypervisor',
  'root-kernel': 'root kernel',
  'root-user': 'root user (worker)',
  hardware: 'hardware',
};

/** Style rules that every stand-alone figure carries: classes per place, ink and rules in both themes. */
export function figureStyle(): string {
  const rules = (theme: 'light' | 'dark'): string =>
    LANE_ORDER.map((place) => `.${place}{fill:var(--place-${place},${PALETTE[place][theme]})}`).join('');
  const ink = (text: string, muted: string, rule: string): string =>
    `.ink{fill:var(--ink,${text})}.muted{fill:var(--ink-muted,${muted})}.rule{stroke:var(--rule,${rule})}`;
  return (
    `<style>text{font:13px system-ui,sans-serif;font-variant-numeric:tabular-nums}.title{font-weight:600;font-size:15px}` +
    `${rules('light')}${ink('#1B1F24', '#596270', '#D5D9DE')}` +
    `@media(prefers-color-scheme:dark){${rules('dark')}${ink('#E7EAEE', '#A6AFBC', '#3A424D')}}</style>`
  );
}
