"""Plain words and their formal counterparts, for `informal` and `formal`.

One line an entry: `plain | formal | class | context | way`.

Class: v (verb, inflected), n (noun, inflected), j (adjective), r (adverb), q (adverb before an adjective), p
(preposition), w (fixed words).
Context, what must stand behind (or around) the words: np (a noun phrase), det (one that opens with a determiner),
to, that, vbg,
end (a comma, full stop or preposition), stop (a comma or full stop), pred (predicate adjective), cd (a number), nns
(a plural noun),
nn (a noun), person (a word for a person), first (opens the sentence), and so on; `register._fits` has them all.
Way: = both, > only plain to formal, < only formal to plain: most words are only safe one way.
"""

ENTRIES = """
buy|purchase|v|np|=
try|attempt|v|to|=
want|wish|v|to|=
start|begin|v|to|=
start|begin|v|vbg|=
begin|commence|v|det|>
begin|commence|v|np|<
begin|commence|v|vbg|=
stop|cease|v|vbg|=
stop|cease|v|to|<
use|employ|v|det|>
use|utilize|v|np|=
help|assist|v|ppo|=
need|require|v|det|>
live|reside|v|inplace|=
build|construct|v|np|<
build|erect|v|np|<
fix|repair|v|np|<
hide|conceal|v|np|=
choose|select|v|np|=
pick|select|v|np|<
change|alter|v|np|<
change|modify|v|np|<
finish|complete|v|np|<
own|possess|v|det|>
say|state|v|that|=
say|declare|v|that|<
say|assert|v|that|<
think|maintain|v|that|<
show|demonstrate|v|that|=
show|indicate|v|that|<
show|reveal|v|that|<
show|display|v|np|<
think|believe|v|that|=
guess|suppose|v|that|=
guess|suppose|v|pron|=
shut|close|v|det|>
understand|comprehend|v|np|=
watch|observe|v|det|>
yell|shout|v|end|=
grab|seize|v|det|=
sweat|perspire|v|end|=
hurry|hasten|v|end|=
happen|occur|v|end|>
happen|occur|v|stop|<
happen|take place|v|end|>
seem|appear|v|to|=
eat|consume|v|det|>
eat|devour|v|np|<
gather|assemble|v|stop|<
keep|retain|v|det|<
keep|preserve|v|det|<
send|dispatch|v|np|<
send|transmit|v|np|<
get|obtain|v|np|<
get|acquire|v|np|<
get|receive|v|np|<
get|procure|v|np|<
give|grant|v|ppo|<
give|bestow|v|np|<
end|terminate|v|np|<
ask|inquire|v|stop|=
ask|request|v|ppo|<
mend|repair|v|np|=
climb|ascend|v|det|=
see|perceive|v|np|<
see|perceive|v|that|<
see|behold|v|np|<
make|manufacture|v|np|<
make|render|v|ppo|<
meet|encounter|v|np|<
tell|inform|v|ppothat|=
let|permit|v|zz|<
ban|prohibit|v|np|<
speed up|hasten|v|det|<
cut|reduce|v|np|<
rest|repose|v|stop|<
answer|reply|v|stop|=
answer|respond|v|stop|<
find out|ascertain|v||<
find out|discover|v|that|>
find out|learn|v|that|>
put off|postpone|v|np|=
point out|note|v|that|>
carry out|execute|v|det|>
give up|abandon|v|np|=
give up|relinquish|v|np|<
give up|forsake|v|np|<
give up|surrender|v|np|<
leave out|omit|v|np|=
think about|consider|v|det|>
think about|contemplate|v|np|<
talk about|discuss|v|det|=
come back|return|v|endin|>
go back|return|v|toplace|>
get up|rise|v|stop|>
get up|arise|v|stop|<
stand up|rise|v|stop|>
wait for|await|v|np|=
take part in|participate in|v||=
go into|enter|v|det|>
come into|enter|v|det|>
walk into|enter|v|det|>
look for|seek|v|det|>
ask for|request|v|np|>
put up with|tolerate|v||=
put up with|endure|v|np|<
make sure|ensure|v|that|=
figure out|determine|v||>
look into|investigate|v|np|<
call off|cancel|v|np|=
speed up|accelerate|v|np|=
get rid of|dispose of|v||=
get rid of|eliminate|v|np|<
do away with|abolish|v|np|<
go on|continue|v|vbg|=
keep on|continue|v|vbg|=
keep|continue|v|vbg|>
go away|depart|v|stop|=
leave|depart|v|stop|>
leave|depart from|v|np|<
go up|ascend|v|det|>
go down|descend|v|det|>
take off|remove|v|det|>
put out|extinguish|v|np|<
turn down|reject|v|np|<
turn down|decline|v|np|<
run away|flee|v|stop|>
get away|escape|v|stop|>
get in touch with|contact|v|np|=
look at|examine|v|np|<
look at|regard|v|ppo|<
look over|inspect|v|np|<
let go of|release|v|np|<
bring about|effect|v|np|<
wear out|exhaust|v|np|<
hand in|submit|v|np|<
cut down|curtail|v|np|<
make up for|compensate for|v||<
get back|recover|v|np|<
get back|regain|v|np|<
get to|reach|v|det|>
kid|child|n||>
guy|man|n||>
fellow|man|n||>
folk|person|n||>
cop|policeman|n||=
dad|father|n||>
mom|mother|n||>
daddy|father|n||>
mama|mother|n||>
grandma|grandmother|n||>
grandpa|grandfather|n||>
car|automobile|n||=
doctor|physician|n||=
help|assistance|n||<
help|aid|n||<
chance|opportunity|n|to|=
clothes|garment|n||<
clothes|attire|w||<
house|residence|n||<
house|dwelling|n||<
home|domicile|n||<
pay|remuneration|w||<
pay|salary|n||<
start|beginning|n||<
drink|beverage|n||<
bit|portion|n|zz|<
trip|journey|n||=
shop|store|n|zz|=
movie|motion picture|n||=
phone|telephone|n||=
plane|airplane|n||=
bike|bicycle|n||=
lunch|luncheon|n||=
gas|gasoline|n|zz|=
exam|examination|n||=
ad|advertisement|n||=
big|large|j|thing|>
huge|enormous|j||=
huge|immense|j||<
whole|entire|j|nn|=
sure|certain|j|pred|=
right|correct|j|predstop|>
main|principal|j|nn|=
main|primary|j|nn|<
scared|frightened|j||>
smart|intelligent|j||>
quick|rapid|j|nn|=
cheap|inexpensive|j||<
rich|wealthy|j||<
poor|impoverished|j||<
lucky|fortunate|j||=
strange|peculiar|j|nn|<
hard|difficult|j|to|=
hard|arduous|j||<
enough|sufficient|j|bare|=
enough|adequate|j|bare|<
more|additional|j|bare|<
many|numerous|j|nns|=
many|countless|j|nns|<
dumb|foolish|j||>
old|elderly|j|person|>
old|elderly|j||<
old|aged|j|person|<
last|final|j|nn|<
first|initial|j|nn|<
later|subsequent|j|nn|<
earlier|prior|j|nn|<
good|beneficial|j||<
different|diverse|j|nns|<
happy|joyful|j||<
sad|sorrowful|j||<
sad|melancholy|j||<
tired|weary|j||<
tired|fatigued|j||<
thin|slender|j||<
brave|courageous|j||<
lazy|indolent|j||<
scared|terrified|j||<
usual|customary|j||<
wrong|erroneous|j||<
clear|evident|j|that|<
dead|deceased|j||<
wet|moist|j|zz|<
careful|cautious|j||<
quickly|rapidly|r||=
quickly|swiftly|r||<
fast|rapidly|r|stop|>
maybe|perhaps|r||=
mostly|primarily|r||=
mostly|chiefly|r||<
mostly|largely|r||<
luckily|fortunately|r||>
often|frequently|r||=
about|approximately|r|cd|=
almost|virtually|r||<
almost|nearly|r||<
later|subsequently|r||<
then|thereupon|r||<
before|previously|r|stop|<
mainly|principally|r||<
only|solely|r||<
partly|partially|r||<
always|invariably|r||<
always|perpetually|r||<
sometimes|on occasion|w||=
sometimes|occasionally|r||<
really|truly|r||=
really|genuinely|r||<
also|likewise|r|zz|<
so|thus|r|zz|<
pretty|rather|q||>
awfully|exceedingly|q||=
awful|very|q||>
really|truly|q||=
very|exceedingly|q||<
very|extremely|q||<
very|most|q||<
pretty|fairly|q||<
kind of|rather|w|jj|>
sort of|somewhat|w|jj|>
right away|immediately|w||>
right away|at once|w||>
right away|immediately|w|stop|<
at first|initially|w||=
over and over again|repeatedly|w||=
over and over|repeatedly|w||>
again and again|repeatedly|w||>
now and then|occasionally|w||>
once in a while|occasionally|w||>
so far|thus far|w|stop|=
by the way|incidentally|w||=
because of|owing to|w||=
because of|on account of|w||=
because of|due to|w|np|<
till|until|w|zz|=
as well as|in addition to|w||<
instead of|in lieu of|w||<
instead of|rather than|w|zz|<
a lot of|a great deal of|w|nn|>
a lot of|a great many|w|nns|>
lots of|a great many|w|nns|>
lots of|a great deal of|w|nn|>
plenty of|ample|w|nn|>
a lot of|a great many|w|nns|<
a lot of|a great deal of|w||<
a lot|a great deal|w|stop|=
a lot of|numerous|w|nns|<
a lot of|considerable|w|nn|<
in spite of|despite|p||=
about|regarding|p|np|<
about|concerning|p|np|<
about|with respect to|w|np|<
about|with regard to|w|np|<
about|in regard to|w|np|<
like|such as|w|nns|<
if|provided that|w||<
if|in the event that|w||<
although0|though|w||<
but|however ,|w|first|=
so|therefore ,|w|first|=
so|thus ,|w|first|<
so|consequently ,|w|first|=
so|accordingly ,|w|first|<
so|hence ,|w|first|<
but|nevertheless ,|w|first|<
but still|nevertheless ,|w|firstx|>
still|nevertheless ,|w|firstx|>
also|furthermore ,|w|first|<
also|moreover ,|w|first|<
also|in addition ,|w|first|<
and||w|firstand|>
well ,||w|firstx|>
anyway ,|in any event ,|w|firstx|=
besides ,|moreover ,|w|firstx|>
anyway ,|nevertheless ,|w|firstx|>
of course ,|naturally ,|w|firstx|=
yeah|yes|w|any|>
yes sir|yes , sir|w|zz|>
on|upon|p|np|<
among|amongst|w||<
while|whilst|w||<
to|in order to|w|vb|<
before|prior to|w|np|<
after|subsequent to|w|np|<
after|following|p|np|<
during|in the course of|w|np|<
most of|the majority of|w|det|<
nobody|no one|w||>
everybody|everyone|w||=
somebody|someone|w||=
anybody|anyone|w||=
though|although|w|firstcs|=
these days|at present|w|stop|=
now|at present|w|stop|<
in the end|ultimately|w||<
at last|finally|w|stop|<
at once|immediately|w|stop|<
soon|shortly|r|zz|<
near|adjacent to|w|np|<
near|in the vicinity of|w|np|<
above all|primarily|w|zz|<
"""
