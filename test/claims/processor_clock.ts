import { type Clock, systemClock } from '../../src/core/clock.ts';

/** Processor time of this process, so that what else the machine does takes no time from a run on one thread. */
export const processorClock: Clock = {
  ...systemClock,
  now: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};
