"""Words by which `boundaries` decides: abbreviations, first words of sentences, verbs of speech."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES = _words(
    """Adm Brig Capt Card Cdr Chas Cmdr Col Cpl Dr Drs Fr Gen Geo Gov Hon Jas Lieut Lt Maj Messrs Mlle Mlles Mme Mmes Mr
    Mrs Ms Msgr Mssrs Pfc Pres Prof Pte Pvt Rep Rev Revd Rt Sen Sgt Sr Supt Thos Wm cf e.g eg i.e ie viz vs"""
)
"""Never the end of a sentence: a name or an explanation follows. Without the full stop."""

NUMBERED = _words(
    """Apr Art Aug Bk Bks Ch Chap Dec Feb Fig Figs Jan Jul Jun Lib No Nos Nov Oct Op Par Sec Sect Sep Sept Ser Tab Vol
    Vols art bk ca ch chap chaps circa col ed eds fig figs fol ft l ll n no nos p par pp pt sec sect v ver vol vols
    vv"""
)
"""Not the end of a sentence before a number."""

COMMON = _words(
    """Assn Ave Bart Bldg Blvd Bros Co Corp Ctr Dept Dist Div Esq Est Etc Ft Gent Hwy Inc Jr Ltd Mt Mts Natl Pl Pt Rd
    Snr Sq St Ste Sts Univ acad adj adv approx arr assn assoc co dept dist est etc fl gal hr hrs inc incl intro lb lbs
    lit max mfg min misc mt mts oz pref pseud rev sq tr transl"""
)
"""The end of a sentence only before a word that begins sentences."""

PRONOUNS = _words("He I It She They We You")

STARTERS = PRONOUNS - {"I"} | _words(
    """A About Above Across After Afterwards Again Against Ah Ain Alas All Almost Alone Already Although Always Am Among An
    And Another Any Anyhow Anyone Anything Anyway Are Aren As At Away Aye Be Because Before Behind Below Beneath Beside
    Besides Between Beyond Both But By Can Cannot Certainly Come Could Couldn Did Didn Do Does Doesn Don Down During Each
    Either Else Enough Even Eventually Ever Every Everybody Everyone Everything Everywhere Except Finally First For
    Forthwith Fortunately From Furthermore Get Give Go Good Had Hadn Half Hardly Has Hasn Have Haven Having Hence Her
    Here Hereupon Hers Herself Himself His How However If In Indeed Inside Instead Into Is Isn Its Itself Just Keep Last
    Later Lately Lest Let Like Listen Look Lots Many May Maybe Meanwhile Might Mine Moreover Most Much Must My Myself
    Near Nearly Neither Never Nevertheless Next No Nobody None Nor Not Nothing Now Nowhere O Occasionally Of Off Often Oh
    On Once One Only Onto Opposite Or Other Others Otherwise Ought Our Ours Out Outside Over Perhaps Please Poor Possibly
    Presently Probably Put Quite Rather Really Right Round Same Scarcely See Shall Should Shouldn Since Slowly So Some
    Somebody Somehow Someone Something Sometimes Somewhere Soon Still Stop Such Suddenly Surely Take Tell Than Thank That
    The Thee Their Theirs Them Themselves Then Thence There Thereafter Therefore Thereupon These This Those Thou Though
    Through Thus Thy Till Tis To Together Tomorrow Tonight Too Toward Towards Tut Twas Twice Under Unfortunately Unless
    Unlike Until Up Upon Us Very Wait Was Wasn Well Were Weren What Whatever When Whence Whenever Where Wherefore Whereupon
    Wherever Whether Which While Whither Who Whoever Whole Whom Whose Why Will With Within Without Won Would Wouldn Ye
    Yes Yet Yonder Your Yours Yourself"""
)
"""Words that have a capital only where they begin a sentence; not *I*, not a name."""

INTERJECTIONS = _words("Ah Aha Alack Alas Ay Ha Hah Hark Lo O Oh Pshaw Pooh Psha Ugh")
"""They go with what follows, unless that begins a sentence by its capital."""

HEADINGS = _words("Act Article Book Canto Chapter Chap Letter Part Psalm Scene Section Sonnet Stave Volume")
"""Followed by a number that is no sentence's end."""

_SPEECH = _words(
    """accuse add admit admonish advise affirm agree announce answer argue ask assent assert bark bawl bellow blurt boast
call caution chant chatter chide chime claim coax command comment complain concede conclude confess confide confirm
congratulate contradict coo correct counsel counter croak cry demand deny drawl echo ejaculate encourage enquire enthuse
exclaim exhort explain falter fret greet groan growl grumble grunt guess hazard hiss holler howl implore inform inquire
insinuate insist instruct interject interpose intone jeer jest joke maintain moan mock mumble murmur muse mutter
object observe offer opine persist plead proclaim pronounce propose protest purr query question quip quote rant rasp
reassure recite rejoin relate remark remind reminisce remonstrate repeat reply report request respond resume retort roar
scoff scold scream screech shout shriek snarl sneer snicker snort speculate splutter sputter stammer state stutter
suggest supplement surmise swear taunt tease think threaten thunder titter urge utter venture volunteer vow wail warn
whimper whine whisper wisecrack wonder yell yelp"""
)
_ALSO_ACTION = _words(
    """allow assure begin breathe bristle chuckle continue curse declare explode fume gasp giggle gulp interrupt invite laugh
lie nag order pant press promise prompt rage read recall recount reflect resolve return reveal shrill sigh sing snap sob
soothe storm weep"""
)


def _forms(verb: str) -> set[str]:
    """Third person and past of a regular verb."""
    if verb.endswith("e"):
        return {verb + "s", verb + "d"}
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return {verb[:-1] + "ies", verb[:-1] + "ied"}
    double = verb in {"admit", "nag", "quip", "snap", "sob"}
    ending = "es" if verb.endswith(("s", "sh")) else "s"
    return {verb + ending, verb + verb[-1] * double + "ed"}


SPEECH = _words("said says thought told spoke speaks swore").union(*map(_forms, _SPEECH))
"""Verbs of a speech's tag: “Why?” Anna asked."""
SPEECH_OR_ACTION = _words("began lied sang wept").union(*map(_forms, _ALSO_ACTION))
"""Verbs of a tag when the clause ends with them: “Why?” Anna sighed."""
