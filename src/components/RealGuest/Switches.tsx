/** What the host offers: read at the next start. */
import { eraFeatures } from '../../../sim/machine/features.ts';
import type { Settings } from './protocol.ts';
import styles from './styles.module.css';

const ON = eraFeatures('2020') as unknown as Readonly<Record<string, boolean>>;

/** Switches that matter to a guest with one processor, with what the guest sees of them. */
const SWITCHES: readonly (readonly [name: string, says: string])[] = [
  ['hypervisorPresent', 'says that there is a hypervisor at all'],
  ['syntheticTimers', 'synthetic timers'],
  ['timeRefCount', 'the reference counter'],
  ['deprecateAutoEoi', 'hint: do not use AutoEOI'],
  ['hintApicMsrs', 'hint: end interrupts by MSR'],
  ['relaxedTiming', 'hint: no watchdogs'],
  ['referenceTsc', 'the reference TSC page (never valid here)'],
  ['crashMsrs', 'crash registers'],
];

const VERSIONS: readonly (readonly [code: number, text: string])[] = [
  [0, 'newest'],
  [0x5_0003, '5.3'],
  [0x5_0000, '5.0'],
  [0x4_0000, '4.0'],
  [0x3_0000, '3.0'],
  [0x2_0004, '2.4'],
  [13, '0.13'],
];

export const AS_TODAY: Settings = { features: {}, vmbus: 0 };

export const versionText = (code: number): string =>
  VERSIONS.find(([one]) => one === code)?.[1] ?? String(code);

/** What differs from today, in words. */
export function differences({ features, vmbus }: Settings): string {
  const words = Object.entries(features).map(([name, on]) => `${name} ${on ? 'on' : 'off'}`);
  if (vmbus > 0) words.push(`VMBus up to ${versionText(vmbus)}`);
  return words.length > 0 ? words.join(', ') : 'as a host of today';
}

export default function Switches({
  settings,
  onSettings,
}: {
  settings: Settings;
  onSettings: (settings: Settings) => void;
}) {
  const flip = (name: string, on: boolean): void => {
    const { [name]: _, ...others } = settings.features;
    onSettings({ ...settings, features: on === ON[name] ? others : { ...others, [name]: on } });
  };
  return (
    <fieldset className={styles.switches}>
      <legend>What the host offers at the next start</legend>
      {SWITCHES.map(([name, says]) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={settings.features[name] ?? ON[name]}
            onChange={({ target }) => flip(name, target.checked)}
          />{' '}
          <code>{name}</code> {says}
        </label>
      ))}
      <label>
        VMBus up to version{' '}
        <select
          value={settings.vmbus}
          onChange={({ target }) => onSettings({ ...settings, vmbus: Number(target.value) })}
        >
          {VERSIONS.map(([code, text]) => (
            <option key={code} value={code}>
              {text}
            </option>
          ))}
        </select>
      </label>
    </fieldset>
  );
}
