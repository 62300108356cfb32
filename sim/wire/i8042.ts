/**
 * Numbers of the keyboard controller of a PC and of the devices behind it.
 *
 * Source: IBM PS/2 Hardware Interface Technical Reference; names after Linux `include/linux/i8042.h`, `drivers/input/serio/i8042.h`.
 */

/** Bits of port 64h, read. */
export const I8042_STATUS = { OUTPUT_FULL: 0x01, INPUT_FULL: 0x02, SYSTEM: 0x04, FROM_MOUSE: 0x20 } as const;

/** Commands to the controller, at port 64h. */
export const I8042_COMMAND = {
  READ_CONFIG: 0x20,
  WRITE_CONFIG: 0x60,
  TEST_MOUSE: 0xa9,
  SELF_TEST: 0xaa,
  TEST_KEYBOARD: 0xab,
  TO_MOUSE: 0xd4,
} as const;

/** Bits of the controller's configuration: which device interrupts. */
export const I8042_CONFIG = { KEYBOARD_INTERRUPT: 0x01, MOUSE_INTERRUPT: 0x02 } as const;

/** What keyboard and mouse are told, and what they answer. */
export const PS2 = {
  IDENTIFY: 0xf2,
  RESET: 0xff,
  ACKNOWLEDGE: 0xfa,
  RESET_PASSED: 0xaa,
  SELF_TEST_PASSED: 0x55,
  KEYBOARD_ID: [0xab, 0x83],
  MOUSE_ID: [0x00],
} as const;
