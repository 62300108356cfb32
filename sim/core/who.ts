/** Who a trace row is about: one number for virtual processors of the guest and of the root, devices and host threads. */

/** From here on: root virtual processors. Below: the guest's, by index. */
export const WHO_ROOT = 1000;
/** From here on: devices and host threads. */
export const WHO_DEVICE = 2000;

/** 'guest VP 0', 'root VP 1', 'device 3'. */
export function whoName(who: number): string {
  if (who < WHO_ROOT) return `guest VP ${who}`;
  return who < WHO_DEVICE ? `root VP ${who - WHO_ROOT}` : `device ${who - WHO_DEVICE}`;
}
