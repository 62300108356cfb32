/**
 * Where the code of a stage runs. Two of the places are rings of the guest, two are rings of the root partition; the hypervisor is
 * beneath both. `hardware` is a device that works by itself, such as a disk.
 */
export type Place = 'guest-user' | 'guest-kernel' | 'hypervisor' | 'root-kernel' | 'root-user' | 'hardware';

/** Who owns a place. Control passes between owners only through a VM exit or a VM entry. */
export type Side = 'guest' | 'hypervisor' | 'root' | 'hardware';

/** What is known about a place. */
export interface PlaceFacts {
  readonly side: Side;
  /** The processor's ring, where the place has one. The hypervisor's own rings are not told apart. */
  readonly ring?: 0 | 3;
  readonly title: string;
}

/** The facts of every place. */
export const PLACES: Readonly<Record<Place, PlaceFacts>> = {
  'guest-user': { side: 'guest', ring: 3, title: 'guest, user mode' },
  'guest-kernel': { side: 'guest', ring: 0, title: 'guest, kernel mode' },
  hypervisor: { side: 'hypervisor', title: 'hypervisor' },
  'root-kernel': { side: 'root', ring: 0, title: 'root partition, kernel mode' },
  'root-user': { side: 'root', ring: 3, title: 'root partition, user mode' },
  hardware: { side: 'hardware', title: 'hardware' },
};
