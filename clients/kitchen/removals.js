/** Choices that take something away: a cook must not read past them. */

/** Words that take away what follows, in the languages of menus. "No. 5" and "Normal" take nothing away. */
const TAKES_AWAY = /^(?:no|without|sin|sem|hold(?: the)?)\s+(?=\S)/i;

/** Groups of choices whose every option is left out. */
const GROUP_TAKES_AWAY = /^(?:remove|removals?|without|leave out|hold|sin|quitar|sem|retirar|remover|tirar)\b/i;

/** What an option leaves out ("onion"); null where it leaves out nothing. */
export function removed(option, group = '') {
  const name = option.trim();
  if (TAKES_AWAY.test(name)) return name.replace(TAKES_AWAY, '');
  return GROUP_TAKES_AWAY.test(group.trim()) ? name : null;
}
