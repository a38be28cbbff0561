/** Where the texts are that all nodes share, as `RED._` finds them. */
export const SHARED = 'node-red-contrib-aurion/aurion-home:aurion-home';

const STATUS_LENGTH_MAX = 60;

/** A status has little room below a node; the log has the whole. */
export function short(text: string): string {
  return text.length > STATUS_LENGTH_MAX ? `${text.slice(0, STATUS_LENGTH_MAX)}…` : text;
}
