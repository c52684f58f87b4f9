import { ALL_PLACES, PLACE_TEMPLATES } from '../places.ts';
import type { Place } from '../places.ts';
import type { Relation } from '../relations.ts';
import { promptOf } from '../sentence.ts';
import { isHeldOutCity } from '../splits.ts';
import type { PlaceItem } from './item.ts';

/**
 * Two-hop questions about every city by the first template of their relation, held-out capitals by every other template
 * that ends with its answer too, and the single hops.
 */
export function placeItems(): Record<string, PlaceItem[]> {
  const sets: Record<string, PlaceItem[]> = {};
  const add = (name: string, item: PlaceItem): void => {
    (sets[name] ??= []).push(item);
  };
  for (const place of ALL_PLACES) {
    const templates = PLACE_TEMPLATES[place.group];
    for (const [relation, answer] of place.facts) {
      const common = { accepted: [` ${answer}`], group: place.group, place: place.name, relation };
      const [oneHopTemplate] = templates.oneHop.get(relation) ?? [];
      add('one_hop', {
        ...common,
        prompt: promptOf(oneHopTemplate, { s: place.name }),
        kind: 'one_hop',
        heldOut: false,
      });
      for (const city of place.cities) {
        const heldOut = isHeldOutCity(city, relation);
        (templates.twoHop.get(relation) ?? []).forEach((template, index) => {
          const isVariant = index > 0;
          if (isVariant && !(heldOut && relation === 'capital')) return;
          const prompt = promptOf(template, { c: city });
          const name = isVariant ? `two_hop_${place.group}_capital_other_wording` : twoHopSet(place, relation);
          const item: PlaceItem = { ...common, prompt, kind: 'two_hop', city, heldOut };
          add(`${name}_${heldOut ? 'heldout' : 'train'}`, item);
        });
      }
    }
    for (const city of place.cities) {
      add('city_state', {
        kind: 'city_state',
        prompt: promptOf(templates.city[0], { c: city }),
        accepted: [` ${place.name}`],
        group: place.group,
        place: place.name,
        city,
        heldOut: false,
      });
    }
  }
  return sets;
}

function twoHopSet(place: Place, relation: Relation): string {
  return `two_hop_${place.group}_${relation === 'capital' ? 'capital' : 'other'}`;
}
