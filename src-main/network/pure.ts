/** The parts of this feature that know no I/O: pages use them too. */
export { groupDigits } from './model/counters.ts';
export { gatewaysOf } from './model/gateways.ts';
export { addressRange, numberToAddress, parseAddress, type AddressRange } from './model/ip.ts';
export { isLocallyAdministered, isRaspberryPiMac, normaliseMac, raspberryPiPrefix } from './model/mac.ts';
export type * from './model/model.ts';
export { orderInterfaces } from './model/order.ts';
export { preferredAddress } from './model/preferred-address.ts';
export { rankAddresses, type Candidate, type OwnAddress, type RankedAddress } from './model/rank-addresses.ts';
export { ratesBetween, type CounterSample, type InterfaceRate, type InterfaceSample } from './model/rates.ts';
export { isInSubnet, readSubnetText, subnetOf, type Subnet, type SubnetReading } from './model/subnet.ts';
export { ifconfigBlocks, type IfconfigBlock } from './parse/ifconfig.ts';
export { compareSubnets, placedSubnets, type PlacedSubnet, type SubnetVerdict } from './reading/compare.ts';
export { findingsOf, type Finding } from './reading/findings.ts';
export { dnsText, fiveWords, mainInterface, type CourseWord } from './reading/five-words.ts';
export { renderIfconfig } from './reading/render-ifconfig.ts';
