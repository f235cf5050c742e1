import { Document, Scalar, type Tags } from 'yaml';

/** The tag whose `<<` is never quoted. */
const MERGE = 'tag:yaml.org,2002:merge';

/** A document of YAML 1.1, which Ansible reads: `yes`, `on` and `12:30` are no texts there unless they are quoted. */
export function documentOf(value: unknown): Document {
  const customTags = (tags: Tags): Tags => tags.filter((tag) => typeof tag === 'string' || tag.tag !== MERGE);
  return new Document(value, { version: '1.1', customTags });
}

export function textOf(document: Document): string {
  return document.toString({ lineWidth: 0 });
}

/** Text of the user, which Ansible takes as it is: quoted, and no template whatever braces are in it. */
export function literal(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_DOUBLE;
  if (/\{[{%#]/.test(text)) scalar.tag = '!unsafe';
  return scalar;
}
