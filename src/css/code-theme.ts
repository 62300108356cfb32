import type { PrismTheme } from 'prism-react-renderer';

/**
 * Code is set in ink: weight and slant tell the parts apart, because on this site a hue always means a place (guest, host,
 * hypervisor). The variables have their own values in dark mode, so one theme serves both.
 */
export const codeTheme: PrismTheme = {
  plain: { color: 'var(--ink)', backgroundColor: 'var(--raised)' },
  styles: [
    { types: ['comment', 'prolog', 'cdata'], style: { color: 'var(--ink-muted)' } },
    { types: ['keyword', 'atrule', 'boolean', 'important'], style: { fontWeight: '700' } },
    {
      types: ['string', 'char', 'attr-value', 'regex', 'template-string'],
      style: { color: 'var(--code-string)' },
    },
    { types: ['number', 'constant'], style: { color: 'var(--code-number)' } },
    { types: ['punctuation', 'operator'], style: { color: 'var(--ink-muted)' } },
    { types: ['deleted'], style: { textDecorationLine: 'line-through' } },
  ],
};
