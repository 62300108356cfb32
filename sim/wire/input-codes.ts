/**
 * Numbers of the synthetic keyboard and the synthetic mouse.
 *
 * Sources: Linux `drivers/input/serio/hyperv-keyboard.c`, `drivers/hid/hid-hyperv.c`; OpenVMM `vm/devices/uidevices/src/keyboard` and
 * `mouse` for LEDs and what the device calls itself; USB "Device Class Definition for HID 1.11" for the descriptors.
 */
import { codes } from './codes.ts';

/** Kinds of keyboard message. */
export const synthKbdMessages = codes({
  PROTOCOL_REQUEST: [1, 'guest: is this version understood?'],
  PROTOCOL_RESPONSE: [2, 'host: yes or no'],
  EVENT: [3, 'host: a key went down or up'],
  LED_INDICATORS: [4, 'guest: which lights burn'],
});
/** Kinds of keyboard message by name. */
export const SYNTH_KBD = synthKbdMessages.values;

/** The one version of the keyboard, 1.0: `major << 16 | minor`. */
export const SYNTH_KBD_VERSION = 0x1_0000;
/** Bit of `proto_status`. */
export const SYNTH_KBD_ACCEPTED = 1;
/** Most bytes of a keyboard message (HK_MAXIMUM_MESSAGE_SIZE). */
export const SYNTH_KBD_MAX_MESSAGE = 256;

/** Bits of `info` of a key stroke. */
export const KEYSTROKE = { UNICODE: 1, BREAK: 2, E0: 4, E1: 8 } as const;

/** Kinds of mouse message. */
export const synthHidMessages = codes({
  PROTOCOL_REQUEST: [0, 'guest: is this version understood?'],
  PROTOCOL_RESPONSE: [1, 'host: yes or no'],
  INITIAL_DEVICE_INFO: [2, 'host: what the device is, with its report descriptor'],
  INITIAL_DEVICE_INFO_ACK: [3, 'guest: understood'],
  INPUT_REPORT: [4, 'host: a report as the descriptor says'],
});
/** Kinds of mouse message by name. */
export const SYNTH_HID = synthHidMessages.values;

/** The one version of the mouse, 2.0. */
export const SYNTHHID_INPUT_VERSION = 0x2_0000;
/** Most bytes of a report (SYNTHHID_MAX_INPUT_REPORT_SIZE). */
export const SYNTHHID_MAX_REPORT = 16;

/** What the mouse says it is. */
export const SYNTH_MOUSE = { VENDOR: 0x045e, PRODUCT: 0x0621, VERSION: 1 } as const;

/** Buttons in the first byte of a mouse report. */
export const MOUSE_BUTTON = { LEFT: 1, RIGHT: 2, MIDDLE: 4, FOURTH: 8, FIFTH: 16 } as const;
/** X and Y of a report run from 0 to this. */
export const MOUSE_MAX = 0x7fff;
/** Bytes of a mouse report: buttons, X, Y, wheel. */
export const MOUSE_REPORT_BYTES = 7;

/** Types of HID descriptor. */
export const HID_DESCRIPTOR = { HID: 0x21, REPORT: 0x22, VERSION_1_1: 0x101, BYTES: 9 } as const;

/** An item of a report descriptor: tag with the size of its value, value. */
type Item = readonly [tag: number, ...value: readonly number[]];

/** Tags of report items, with the size of the value in the low two bits. */
const ITEM = {
  USAGE_PAGE: 0x05,
  USAGE: 0x09,
  USAGE_MINIMUM: 0x19,
  USAGE_MAXIMUM: 0x29,
  LOGICAL_MINIMUM: 0x15,
  LOGICAL_MINIMUM_2: 0x16,
  LOGICAL_MAXIMUM: 0x25,
  LOGICAL_MAXIMUM_2: 0x26,
  REPORT_SIZE: 0x75,
  REPORT_COUNT: 0x95,
  INPUT: 0x81,
  COLLECTION: 0xa1,
  END_COLLECTION: 0xc0,
} as const;
const PAGE = { DESKTOP: 1, BUTTONS: 9 } as const;
const USE = { POINTER: 1, MOUSE: 2, X: 0x30, Y: 0x31, WHEEL: 0x38 } as const;
const [PHYSICAL, APPLICATION, CONSTANT, ABSOLUTE, RELATIVE] = [0, 1, 1, 2, 6];

/** Five buttons, three bits of padding, X and Y absolute, a wheel that says by how much it turned. */
const MOUSE_ITEMS: readonly Item[] = [
  [ITEM.USAGE_PAGE, PAGE.DESKTOP],
  [ITEM.USAGE, USE.MOUSE],
  [ITEM.COLLECTION, APPLICATION],
  [ITEM.USAGE, USE.POINTER],
  [ITEM.COLLECTION, PHYSICAL],
  [ITEM.USAGE_PAGE, PAGE.BUTTONS],
  [ITEM.USAGE_MINIMUM, 1],
  [ITEM.USAGE_MAXIMUM, 5],
  [ITEM.LOGICAL_MINIMUM, 0],
  [ITEM.LOGICAL_MAXIMUM, 1],
  [ITEM.REPORT_COUNT, 5],
  [ITEM.REPORT_SIZE, 1],
  [ITEM.INPUT, ABSOLUTE],
  [ITEM.REPORT_COUNT, 1],
  [ITEM.REPORT_SIZE, 3],
  [ITEM.INPUT, CONSTANT],
  [ITEM.USAGE_PAGE, PAGE.DESKTOP],
  [ITEM.USAGE, USE.X],
  [ITEM.USAGE, USE.Y],
  [ITEM.LOGICAL_MINIMUM, 0],
  [ITEM.LOGICAL_MAXIMUM_2, 0xff, 0x7f],
  [ITEM.REPORT_SIZE, 16],
  [ITEM.REPORT_COUNT, 2],
  [ITEM.INPUT, ABSOLUTE],
  [ITEM.USAGE_PAGE, PAGE.DESKTOP],
  [ITEM.USAGE, USE.WHEEL],
  [ITEM.LOGICAL_MINIMUM_2, 0x01, 0x80],
  [ITEM.LOGICAL_MAXIMUM_2, 0xff, 0x7f],
  [ITEM.REPORT_SIZE, 16],
  [ITEM.REPORT_COUNT, 1],
  [ITEM.INPUT, RELATIVE],
  [ITEM.END_COLLECTION],
  [ITEM.END_COLLECTION],
];

/** The mouse's report descriptor. Golden vector `hid_initial_device_info`. */
export const MOUSE_REPORT_DESCRIPTOR: Uint8Array = Uint8Array.from(MOUSE_ITEMS.flat());
