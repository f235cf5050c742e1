const LONGEST_ADDRESS = 2000;

/**
 * A link as an address that may be given to the person's browser, or null. Only https, with no user name in it (which
 * makes an address look like another one's); host names come out in their ASCII form.
 */
export function externalAddress(link: string): string | null {
  if (link.length > LONGEST_ADDRESS || !URL.canParse(link)) return null;
  const url = new URL(link);
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return null;
  return url.href;
}
