/** Given names, none of which is a place of the corpus or a word of one. */
export const NAMES: readonly string[] = (
  'Mary John Tom Anna James Lucy Peter Emma Mark Sarah David Laura Simon Alice Kevin Julia Brian Clara Eric Diana ' +
  'Frank Nina George Olivia Henry Rachel Jack Sophie Leo Grace Max Hannah Oscar Ella Ryan Molly Sam Chloe Victor Zoe ' +
  'Walter Martha Adam Irene Ben Helen Carl Karen Dan Linda Fred Susan Greg Nancy Ivan Betty Joe Carol Bob Ruth'
).split(' ');

export const PLACES: readonly string[] =
  'store park school market beach library museum station garden office restaurant cinema hospital church bakery'.split(
    ' ',
  );

/** All begin with a consonant sound: the templates say "a". */
export const OBJECTS: readonly string[] =
  'drink book letter gift coin map pen ticket sandwich present necklace watch magazine camera photo basket'.split(' ');

export const ADJECTIVES: readonly string[] = 'small big old happy quiet young funny brave calm polite'.split(' ');
export const PERSONS: readonly string[] = 'boy girl woman farmer teacher sailor doctor child baker neighbour'.split(
  ' ',
);
export const MOVES: readonly string[] = 'walked ran drove returned travelled moved hurried'.split(' ');
