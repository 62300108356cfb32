/** Exercises on the life of one instruction. */
import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'ring-transitions';

/** True for instructions that the hypervisor answers by itself. */
const own = (instruction: unknown): boolean => ['cpuid', 'msr', 'hypercall'].includes(String(instruction));

export const ringTransitions: readonly Declared[] = [
  predict(ID, {
    title: 'How often do a partition and the hypervisor change places?',
    over: {
      instruction: ['out', 'store', 'cpuid', 'msr', 'hypercall'],
      structure: ['microkernelised', 'monolithic', 'hosted'],
      repeat: [2, 3, 5, 8, 10],
    },
    question: ({ instruction, structure, repeat }) =>
      `A guest executes this ${repeat} times: ${instruction}. The structure is ${structure}. How many changes between a partition and the hypervisor are there, the root partition’s own included?`,
    read: ({ metrics }) => metrics.vmTransitions,
    unit: 'changes',
    because: ({ metrics, params }) =>
      `${metrics.vmTransitions / Number(params.repeat)} each: ${metrics.vmTransitions / Number(params.repeat) === 2 ? 'out of the guest and back' : 'the root is a partition as well, and is entered and left too'}.`,
    beliefs: [
      {
        is: ({ params }) => Number(params.repeat),
        why: 'That is the exits of the guest. Each of them is followed by an entry.',
      },
      {
        is: ({ params }) => 2 * Number(params.repeat),
        why: 'Two each is right where nobody but the hypervisor is asked. Here the root is a partition as well, and is left and entered.',
      },
      {
        is: ({ params }) => 5 * Number(params.repeat),
        why: 'Five each is the way through another partition. Does this instruction go there, in this structure?',
      },
      {
        is: ({ params }) => 7 * Number(params.repeat),
        why: 'Seven each counts the root’s changes between kernel and user mode as well. Only those with the hypervisor are asked for.',
      },
    ],
    hints: [
      'First decide who can answer: the hypervisor itself, or a device model?',
      'If it is a device model, where does it live? Only in Hyper-V’s structure is that another partition.',
      'Two for each turn at the door, five where the root lies in between: `ringside diagram ring-transitions` draws them; count the arrows that touch the hypervisor.',
    ],
  }),
  complete(ID, {
    title: 'The rule of the rings',
    over: {
      instruction: ['out', 'outs', 'store', 'cpuid', 'msr', 'hypercall'],
      structure: ['microkernelised', 'monolithic', 'hosted'],
    },
    entry: 'transitions',
    args: ['instruction', 'structure'],
    task: 'Write the rule: how many ring transitions does one `instruction` ("out", "outs", "store", "cpuid", "msr", "hypercall") make in a `structure` ("microkernelised", "monolithic", "hosted")? Count every crossing between rings and between a partition and the hypervisor.',
    read: ({ metrics }) => metrics.ringTransitions,
    starter:
      "export function transitions(instruction: string, structure: string): number {\n  const device = ['out', 'outs', 'store'].includes(instruction);\n  if (structure === 'monolithic') return 2;\n  return device ? 7 : 7; // is that so?\n}\n",
    solution:
      "export function transitions(instruction: string, structure: string): number {\n  const device = ['out', 'outs', 'store'].includes(instruction);\n  if (!device) return 2;\n  return structure === 'microkernelised' ? 7 : structure === 'hosted' ? 4 : 2;\n}\n",
    because:
      'Who must answer decides the way: two at the door, four to a process of the same kernel, seven to a process of another partition.',
    beliefs: [
      {
        is: ({ params }) => ({ microkernelised: 7, hosted: 4, monolithic: 2 })[String(params.structure)] ?? 0,
        why: 'The structure alone does not decide: CPUID, MSR and hypercall never reach a device model.',
      },
      {
        is: ({ params }) => (own(params.instruction) ? 2 : 7),
        why: 'Seven is Hyper-V’s structure. Where the model lives nearer there are fewer rings in between.',
      },
      { is: () => 2, why: 'Two is out and back. A device model that is a process has to be reached first.' },
    ],
    hints: [
      'There are only three different results.',
      'Instructions that the hypervisor answers by itself make the same number in every structure.',
      'Run `ring-transitions?structure=hosted` and `?structure=monolithic`, then `?instruction=cpuid`.',
    ],
  }),
  explain(ID, {
    title: 'What is a context switch?',
    over: { instruction: ['out', 'cpuid', 'hypercall'], structure: ['microkernelised', 'hosted'] },
    question: ({ instruction, structure }) =>
      `A text says: “every exit is a context switch”. One guest executes this once: ${instruction}. Structure: ${structure}. What happens in this run?`,
    sentences: [
      {
        text: 'The processor goes on with another partition.',
        holds: ({ metrics }) => metrics.partitionSwitches > 0,
        why: 'only an exit that another partition must answer makes it run; look at partitionSwitches.',
      },
      {
        text: 'A scheduler picks another thread.',
        holds: ({ metrics }) => metrics.threadSwitches > 0,
        why: 'a thread is woken only where the device model is a thread of another partition; look at threadSwitches.',
      },
      {
        text: 'Somebody changes between kernel and user mode.',
        holds: ({ metrics }) => metrics.privilegeSwitches > 0,
        why: 'that happens where the model is a process: look at privilegeSwitches.',
      },
      {
        text: 'A page table is loaded in the root.',
        holds: ({ metrics }) => metrics.addressSpaceSwitches > 0,
        why: 'a page table is loaded when another process is to run; look at addressSpaceSwitches.',
      },
      {
        text: 'The guest leaves to the hypervisor and comes back.',
        holds: ({ metrics }) => metrics.vmTransitions >= 2,
        why: 'each of these instructions exits, whoever answers.',
      },
    ],
    hints: [
      'Five kinds of switch are counted apart. Each sentence is one of them.',
      'An exit alone is none of the other four.',
      'Run the instruction and read vmTransitions, partitionSwitches, threadSwitches, privilegeSwitches and addressSpaceSwitches.',
    ],
  }),
  build(ID, {
    title: 'A device without a long way',
    over: { most: [2000, 5000, 8000], instruction: ['out', 'outs'] },
    bounds: ['most'],
    start: {},
    task: ({ most, instruction }) =>
      `Find settings under which this reaches a *device model* and the guest goes on within ${most} ns: ${instruction}.`,
    met: ({ metrics }, { most }) => metrics.nanoseconds <= Number(most) && metrics.deviceIntercepts > 0,
    because: ({ metrics }) =>
      `${metrics.nanoseconds} ns: the model is in the hypervisor. Every mistake of the model is now one of the hypervisor.`,
    misses: [
      {
        when: ({ metrics }) => metrics.deviceIntercepts === 0,
        why: 'No device model was asked: this is an exit that the hypervisor answers by itself.',
      },
      {
        when: ({ params }) => params.structure === 'microkernelised',
        why: 'Another partition lies in between, and changing to it takes more than half of the time.',
      },
      {
        when: ({ params }) => params.structure === 'hosted',
        why: 'No other partition, but the process of the model must be woken and scheduled.',
      },
    ],
    solution: () => ({ structure: 'monolithic' }),
    hints: [
      'Which of the settings says where the device model lives?',
      'The nearest place is the hypervisor itself.',
      '`structure: "monolithic"`.',
    ],
  }),
];
