import type { WorkedIs } from './types.ts';

/** One OUT, stage by stage; the same in a hosted hypervisor, to be completed. */
export const ringTransitions: WorkedIs = {
  worked: {
    line: 'ring-transitions',
    title: 'One OUT in Hyper-V: every stage, and what it is for',
    stages: true,
    goals: [
      {
        goal: 'Stop the guest',
        why: 'The guest must not go on before its access has been answered, and it must not notice that anybody else answers.',
        steps: [
          { on: 'IN or OUT', says: 'the guest’s kernel executes one instruction' },
          { on: 'VM exit', says: 'the processor leaves the guest' },
        ],
      },
      {
        goal: 'Find out whose business it is',
        why: 'The hypervisor has no device models. It writes down what the guest wanted, and the root partition is told.',
        steps: [
          {
            on: 'Find the intercept, suspend the VP, write the message',
            says: 'finds who wants this port, suspends the VP, writes a message',
          },
          {
            on: 'A VP of the root runs and takes the interrupt',
            says: 'the processor changes over to the root partition',
          },
        ],
      },
      {
        goal: 'Reach the device model',
        why: 'It is an ordinary process, in ring 3. A bug in it takes one virtual machine with it, not the host.',
        steps: [
          { on: 'VID takes the message', says: 'a driver of the root takes the message' },
          { on: 'The blocked ioctl returns', says: 'the worker’s waiting call returns: into ring 3' },
          { on: 'Find the device', says: 'the worker’s thread runs and finds the device' },
        ],
      },
      {
        goal: 'Do what was asked',
        why: 'This is the access itself: a few assignments to variables that play registers.',
        steps: [{ on: 'The device model runs', says: 'the device model runs' }],
      },
      {
        goal: 'Let the guest go on',
        why: 'The whole way back. The register that the instruction was to fill is set, and the VP is run again.',
        steps: [
          {
            on: 'ioctl: complete this message, wait for the next',
            says: 'the worker calls its kernel: done, and what is next?',
          },
          {
            on: 'The root’s hypercall exits',
            says: 'the root’s kernel calls the hypervisor; that is an exit of the root',
          },
          {
            on: 'Set the registers, clear the suspension',
            says: 'the hypervisor sets the registers and clears the suspension',
          },
          { on: 'The hypercall returns to the root', says: 'beside it, the root goes on' },
          { on: 'The guest’s VP is run again', says: 'the processor changes back to the guest’s partition' },
          { on: 'VM entry', says: 'the processor enters the guest' },
        ],
      },
    ],
  },
  faded: {
    line: 'ring-transitions?structure=hosted',
    title: 'The same OUT where the hypervisor is a module of the host’s kernel: complete it',
    stages: true,
    goals: [
      {
        goal: 'Stop the guest',
        why: 'As before: an intercepted instruction does not execute.',
        steps: [
          { on: 'IN or OUT', says: 'the guest’s kernel executes one instruction' },
          {
            on: 'VM exit into the host’s kernel',
            says: 'the processor leaves the guest, straight into the host’s kernel',
          },
        ],
      },
      {
        goal: 'Find out whose business it is',
        why: 'The module looks whether it can answer by itself. There is no other partition to change over to.',
        early: 'Not yet. The guest still runs.',
        steps: [{ on: 'The kernel module cannot answer', says: 'the kernel module cannot answer this port' }],
      },
      {
        goal: 'Reach the device model',
        why: 'The process that created the virtual machine waits in a call. That call returns.',
        early: 'Not yet. First somebody must find that the kernel cannot answer by itself.',
        steps: [
          { on: 'The ioctl returns to the process', says: 'the waiting call returns: into ring 3' },
          { on: 'Find the device', says: 'the process finds the device' },
        ],
      },
      {
        goal: 'Do what was asked',
        why: 'The same few assignments.',
        early: 'Not yet. The model is in a process, and the processor is not.',
        steps: [{ on: 'The device model runs', says: 'the device model runs' }],
      },
      {
        goal: 'Let the guest go on',
        why: 'The same thread takes its virtual processor into the guest again.',
        early: 'Not yet. The access has not been answered.',
        steps: [
          { on: 'ioctl: run the VP', says: 'the process calls its kernel: run the virtual processor' },
          { on: 'VM entry', says: 'the processor enters the guest' },
        ],
      },
    ],
    blanks: [
      { kind: 'next', goal: 1, question: 'The guest has been left. What must come next?' },
      {
        kind: 'step',
        goal: 0,
        step: 1,
        question: 'Where does the exit lead to in this structure?',
        because: 'Here the host’s kernel itself is what runs in root mode. There is no layer below it.',
        wrong: [
          {
            text: 'the processor leaves the guest, into a hypervisor below the host',
            why: 'That is Hyper-V’s structure. A hosted hypervisor is part of the kernel of the host.',
          },
          {
            text: 'the processor leaves the guest, straight into the process',
            why: 'An exit never leads to ring 3: the kernel has to bring the process to run.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 4,
        question: 'How many ring transitions does the whole access take?',
        unit: 'transitions',
        answer: (_, run) => run.metrics.ringTransitions,
        because:
          'Out of the guest, out to ring 3, back into the kernel, back into the guest. No partition is changed, so three fall away.',
        mistakes: [
          {
            is: () => 7,
            why: 'That is Hyper-V’s number. The two partition switches and the root’s own exit do not exist here.',
          },
          {
            is: () => 2,
            why: 'That would do if the kernel module answered by itself. The device model is in a process.',
          },
          { is: (life) => life.rows, why: 'Those are all stages. Only some of them change the ring.' },
        ],
      },
    ],
  },
};
