"""Which nouns name a person."""

from prism_lsp.build.rules.base import words

PEOPLE = words(
    "man woman boy girl lady gentleman fellow stranger doctor captain sergeant officer lieutenant teacher "
    "mother father wife husband sister brother son daughter uncle aunt nurse driver king queen guard soldier "
    "child kid detective sheriff author reporter priest clerk secretary colonel general widow maid guest "
    "prisoner patient hunter farmer"
)
MALE = words("man boy gentleman fellow father husband brother son uncle king captain sergeant sheriff guy priest")
FEMALE = words("woman girl lady mother wife sister daughter aunt nurse queen widow maid")
ANYBODY = words(
    "neither nor either each every everyone everybody anyone anybody someone somebody whoever one most others"
)
"""Words that "he" or "they" may stand for: then it is no certain person."""
_THINGS = words(
    "water matter letter paper number power order color door floor air river summer winter corner answer "
    "dinner supper center character chapter member shoulder finger weather danger temper cover quarter "
    "laughter anger fever timber leather whisper wonder butter mirror error horror terror factor sector motor "
    "honor humor favor labor vapor odor flavor minor major interior exterior harbor twist list fist mist "
    "wrist waist breakfast tower shower flower counter chamber ladder trigger hammer bumper layer computer "
    "locker encounter disaster other either neither never ever over after under former latter prayer offer "
    "border murder charter cylinder meter filter barrier career beer pier human german roman cigar helicopter "
    "newspaper rubber silver copper lumber manner rather transistor tractor elevator razor chair corridor "
    "indicator behavior liquor parlor metaphor reactor vector tenor tumor armor glamour effort comfort"
)
_ENDINGS = ("or", "ist", "man", "ian", "eer", "er", "ess", "ee", "ar", "ie")


def is_person(noun: str) -> bool:
    """Whether a noun names a person, as far as a list and its ending tell; rather too often than too seldom."""
    return noun in PEOPLE or noun in _MORE_PEOPLE or (noun.endswith(_ENDINGS) and noun not in _THINGS and len(noun) > 4)


_MORE_PEOPLE = words(
    "professor citizen student president agent client resident servant assistant lieutenant merchant tenant "
    "attendant giant friend enemy boss chief judge cop pilot artist hero thief victim nephew cousin bride "
    "groom coach poet prince duke lord bishop pope saint devil neighbor host partner witness person parent "
    "expert ally youth lad chap kid guy clown spy boyfriend aide dean cook monk rabbi vice-president"
)
