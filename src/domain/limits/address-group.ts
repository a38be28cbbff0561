import ipaddr from 'ipaddr.js';

/** An IPv6 network of a household has this many of the eight parts. */
const NETWORK_PARTS = 4;

/**
 * The address that counts for limits: an IPv4 address as it is (also written as IPv6), of an IPv6
 * address its /64, since whoever has one has all 2^64 of them. What is no address stands for itself.
 */
export function addressGroup(address: string): string {
  if (!ipaddr.isValid(address)) return address.toLowerCase();
  const plain = ipaddr.process(address);
  if (plain instanceof ipaddr.IPv4) return plain.toString();
  const network = plain.parts.slice(0, NETWORK_PARTS).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}
