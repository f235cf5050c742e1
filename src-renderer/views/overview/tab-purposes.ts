/** What each tab of a device is for, in a sentence. */
export const tabPurposes: Readonly<Record<string, string>> = {
  network: 'MAC, addresses, gateway and DNS, counters, and the ifconfig text they come from.',
  agent: 'Put the LED agent on it, update it, or take it away again.',
  led: 'Switch the LED, see the level read back, and how to wire it.',
  terminal: 'A command line on the device (its shell), python3, and files by drag and drop.',
  doctor: 'When it does not answer: every link of the chain, and the one that is broken.',
};
