# ruff: noqa: E501, for each phrase stands on one line, however long.
"""English. Revocation words: 47 CFR 64.1200(a)(10), the CTIA handbook, and the words that Twilio
and other providers act on themselves (STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE,
OPTOUT; START, YES, UNSTOP; HELP, INFO). Plain language: what courts and carriers have read as a
revocation, and what senders' public logs of missed opt-outs show."""

from bot.vocabulary.language import Language

ENGLISH = Language(
    name="English",
    stop="""stop, stopp, stopall, stop all, stop it all, stop everything, cancel,
        cancel all, quit, unsubscribe, unsub, unsubscribe all, revoke, optout, opt out, opt me out,
        opting out, opt-out all, remove, remove me, delete me, unenroll, unregister, deregister,
        cease, discontinue, cease and desist, do not contact, dnc, take me off, no more, nomore,
        leave me alone, wrong number, wrong person, not interested, no interest, no longer interested,
        go away, fuck off, f off, eff off, piss off, leave us alone, leave the list, leave list,
        leave this list, leave group, leave chat, leave all, leave everything, quit all, end all,
        stop2end, stop2quit, stop2stop, stop2cancel, stop2optout, stop2unsub, stop2unsubscribe,
        ыещз""",
    weak_stop="end, leave, halt, terminate, exit, delete, let me out, i want out, get lost, stfu",
    polite="""please, thanks, thank, you, hi, hello, hey, kindly, sir, maam, madam, dear, ok, okay,
        yes, now, much""",
    stop_filler="""no, nope, just, all, me, now, already, immediately, asap, right, away, yo,
        forever, permanently, everything, guys, bro, dude, man, omg, wtf, ffs, seriously,
        enough, sorry, and, but, i, said, say, again, yall, fucking, fuck, freaking, damn,
        goddamn, fkn, f, off, reply, replying, text, send, to, want, im, number, my,
        list, at, once, repeat, means, well, oh, um, ugh, pretty, bye, goodbye, ty, really, would,
        like, id, need, hereby, yeah, yep, us""",
    stems="unsubscri, unscri, unsuscri, unsubcri",
    negators="""dont, cant, wont, never, not, non, doesnt, didnt, isnt, arent, aint, shouldnt,
        wouldnt, couldnt, wasnt, havent, hasnt, without, nobody, nothing, neither, nor""",
    bridges="""you, ever, even, just, to, want, please, going, need, wish, like, really, be, me, us,
        have, trying, planning, thinking, of, about, will, would, mean, meant, gonna, actually""",
    askers="you, they, he, she, why, if, did, yall, who",
    reported="did, who, accidentally, was, were, am, if, whoever",
    possible="""stop, end, cancel, quit, unsubscribe, revoke, remove, optout, delete, discontinue,
        cease, terminate, opt""",
    orders="""maybe, please, might, may, should, must, ill, lets, ima, gotta, want""",
    nouns="""bus, next, last, first, pit, one, full, truck, tour, rest, final, the, a, this, my,
        your, which, what, each, every, any, another, second, non, train, subway, metro, only, it,
        they, he, she, that, week, year, front, west, east, dead, high, low, back, weekend, some""",
    continues="""by, in, at, over, sign, light, lights, watch, motion, of, up, with, to end, my job,
        my day job, my work, my life, smoking, drinking, trippin, playin,
        lyin, frontin, cappin, actin, work, school, zone, job, jobs, result, game, table, user,
        culture, credits, was, is, and, near, here, there, on, street, before, after""",
    leave="leave, quit the, exit, unjoin",
    leave_filler="the, list, from, my, subscription, to, i, want, would, like, id, lists, texts",
    join="join, text, subscribe, start, add, enter, me, to, the, list, for, up, sign",
    help="""help, info, information, more info, help me, need help, i need help, helpme, help us,
        can you help, can you help me, can someone help, can someone help me, assistance, support,
        who are you, who is this, whos this, who this, who dis, who is it, who dat, what is this,
        whats this, what number is this, new phone who dis, new phone who is this, who r u,
        whose number is this, customer service, customer support, contact info, faq""",
    start="start, unstop, resume, resubscribe, rejoin, restart, start again, restart texts",
    soft_start="subscribe, opt in, optin, opt me in, sign me up, resubscribe me, subscribe me, signup",
    yes="""yes, y, yep, yeah, yup, yess, ya, yea, yas, ok, okay, k, kk, confirm, confirmed, agree,
        agreed, sure, i confirm, i agree, i accept, accept, accepted, i do, i consent, affirmative,
        absolutely, definitely, of course, correct, yes i do, yes i am""",
    yes_filler="sir, do, it, i, my, subscription",
    unclear="""enough, no, nope, nah, never, nvm, never mind, spam, scam, scammer, reported, blocked,
        junk, annoying, pause, snooze, mute, why, maybe, shut up, fuck you, f you, screw you,
        unwanted, block, unfollow, deny, decline, reject, enough already, count me out, im out,
        im not interested in, start stop""",
    channel="""texts, messages, text, message, texting, messaging, number, list, subscription, spam,
        sms, alerts, notifications, subscribed""",
    classes={
        "cease": "stop, stopp, quit, cease, end, discontinue, halt",
        "contacting": """texting, messaging, sending, spamming, contacting, bothering, harassing,
            emailing, bugging, annoying, pestering, mailing, pinging, blasting, bombarding,
            textin, sendin, spammin, botherin, disturbing, soliciting, advertising, marketing,
            smsing, notifying, calling, dming, stalking, forwarding, subscribing""",
        "contact": """call, text, message, contact, send, email, bother, spam, harass, disturb, sms, ping,
            mail, dm""",
        "things": """texts, text, messages, message, spam, notifications, alerts, updates, sms, mms,
            subscription, subscriptions, messaging, crap, shit, bs, junk, ads, promos, promotions,
            newsletters, newsletter, stuff, emails, service, services, communication, membership,
            communications, marketing, blasts, texting, spamming, garbage, msgs, consent""",
        "any": """anymore, these, this, the, all, any, your, those, that, my, of, such, more, further, our,
            future, other, dumb, stupid, fucking, damn, freaking, annoying, marketing, sms, text,
            promotional, automated, texting, calling, mailing, distribution, email, contact""",
        "adverb": """please, fucking, freaking, effing, f, with, ever, just, all, constantly, always,
            damn, even, the, bloody, kindly, immediately, goddamn""",
        "again": """again, anymore, any, ever, these, this, texts, messages, more, stuff, spam,
            anything, your, at, on, with, number, phone, cell""",
        "signed": """signed, sign, subscribed, subscribe, asked, ask, agreed, agree, consented,
            consent, opted, opt, requested, request, registered, register, joined, join""",
        "this": "this, these, that, it, your, texts, messages, any, anything, you",
        "dont": "dont, never, not, didnt",
        "me": "me, us, my, mine, myself",
        "took": "take, get, remove, delete, drop, scrub, erase, cut, strike, pull, unlist, exclude, wipe",
        "strike": "remove, delete, erase, scrub, unlist, exclude, wipe, purge",
        "told": "said, say, texted, replied, told, asked, typed, wrote, sent, reply, replying",
        "list": """list, lists, database, system, texts, text, messages, thread, group, chat,
            distribution, mailing, contacts, contact, subscription, subscriptions, thing, here, it,
            this, these, those, everything, all, records, file, files, service, phone, sms, spam""",
        "ask": """want, wish, like, need, love, prefer, trying, try, how, able, going, have, demand,
            request""",
    },
    stop_phrases="""
        $cease $adverb? $adverb? $contacting
        $cease blowing|hitting|lighting up? $me
        $cease writing|calling $me
        $cease $adverb? $any? $any? $any? $things
        $cease trying to $contact
        $dont you? $adverb? $contact $me >
        $dont you? $adverb? $contact $me $again
        $dont you? $adverb? $contact anymore|again|here|anything|this|these
        $dont you? $adverb? send $me? $any? $any? $things
        $dont $adverb? bother $contacting
        you dont have my permission|consent
        consent|permission withdrawn|revoked
        <no $any? texts|messages|spam|sms|alerts|notifications >
        enough $any? $things
        turn off $any? $any? $things
        turn this|these|it|them|those off
        make $any? $any? $things stop
        let me off $any $any? list
        appreciate|like|love it? if you stopped|stop|would|could stop? $contacting
        stop|quit it with
        stop this nonsense|madness >
        dont you? $adverb? contact|text|message|send|want|call|disturb >
        dont|didnt|never|not consent|authorize
        dont|didnt|never|not give|gave|given you? my? consent|permission
        optout of|from|all|me
        want|choose|like|wish|need|trying to optout
        request|requesting removal
        if you dont|cant|wont stop|quit >
        harassment|spam|spamming stop >
        dont want $any? $any? $any? $things
        dont want these|this|anymore|any >
        dont want to $adverb? receive|get
        dont want to hear from
        dont want to be $adverb? contacted|texted|messaged|subscribed|bothered|spammed|included
        dont want to be on|part|in of? $any? $any? $list
        dont want you to? $contacting|$contact
        dont want anything
        dont wish to
        dont need $any? $any? $things
        no longer want|wish|interested|consent|need|like
        withdraw|revoke|revoking|withdrawing $any? consent|permission
        $took $me off|from >
        $took $me off|from|out of? $any? $any? $list
        $strike $me >
        $took $me number|name|phone|info|data off|from|out
        $strike $me number|name|phone|info|information|data|cell|contact|details
        $took $any? $any? number|name|phone|cell off|from|out
        $strike $any? $any? number|name|phone|cell
        $strike from $any? $any? $list
        take|get|getting|taking|removed|taken me? off|out|of|from of? $any? $any? $list
        get $me off|out of? $any? $any? $list
        be|get|getting removed
        want|need|wish|like|taken off $any $any? list|lists
        <off $any $any? list|lists >
        no more $any? $any? $any? $things
        no more of? these|this|please|from
        no more >
        opt me? $me? out
        opting|opted out
        want|wish|like out|off >
        want|like|wish|prefer|need to? be $adverb? off|removed|unsubscribed|stopped|deleted
        want|wish|like|how|asked|asking|need you|yall|this|these|it|them guys? to stop >
        want|wish|like|how to stop >
        want|wish|like|how to stop this|these|it|all|everything|them|getting|receiving|the
        $ask to cancel|quit|end|leave|revoke|optout|discontinue|exit >
        how do|can|to i? to? cancel|quit|stop|leave|exit|optout|end|get >
        how do|can|to i? to? get|opt|make off|out|this|these|it|them stop?
        how do|can|to i? to? stop this|these|it|getting|receiving|the
        make this|these|it|them stop
        cancel $any? $any? $things|membership|enrollment|registration|signup|account|me
        cancel|end|quit|terminate this|all|everything >
        terminate|end|quit $any? $any? $things
        leave me|us the? fuck|hell|f? alone|be
        leave me|us alone
        let me be|alone >
        lose|forget|erase my|this|the? number|contact
        wrong|bad number|person|recipient|phone
        you have|got a|the|my? wrong
        never|didnt|havent|not $signed up|in? for|to? $this|>
        not interested >
        <fuck|piss|f|eff|bugger|sod|fk off >
        fuck|piss|f|eff|bugger|sod off stop|and|with|leave|spammer|spammers|you
        <go away >
        <go to hell >
        please|just|literally|already stop it? >
        please remove|unsubscribe|optout >
        told|asked|telling|asking you|yall|them not to $contact
        you|guys|this|it|these|yall|they need|needs|gotta|have|has|must|should|better to? stop >
        $told you? me? to? them? guys? please? stop it? >
        $told stop already|before|and|but|yesterday|twice|three|many|last|several|multiple
        asked|told|telling|asking|begging|ask you|yall|guys guys? to stop
        can|could|would|will you guys? please? just? stop >
        why dont|wont|cant you just? stop >
        dont you? $contact this number|phone
        cease and desist
        <stop or|because|bc|cuz|cause|why|who|wrong|already|until
        <stop all|them|everything >
        <stop bothering|bugging|harassing
        stop|unsubscribe means
        <stop to|2 unsubscribe|end|cancel|optout|quit
        stop all $any? $any? $things
        <stop text|message
        unenroll|unregister|deregister|unlist me
        enough with|of $any? $any? $things
    """,
    joking_phrases="""
        <stop|quit all? of? it|this|these|that|those >
        <stop i|im|ive|we|my|id|dont
        <stop this is a|an|my|not
    """,
    help_phrases="""
        <help with|me
        need $any? help with|please|>
        can|could you|someone|anyone|somebody help
        <who is|are|r this|you|it >
    """,
    unclear_phrases="""
        too|so many texts|messages|text|message|alerts|notifications|times
        how did you|yall|this|they get|find|have my|this|our
        where|who did|gave you? get? my|you my? number|info
        how|where do|did you have|get my number
        report|reporting|sue|suing|block|blocking you|this|number|your
        reported|blocked as|to|you|for
        my lawyer|attorney
        tcpa|fcc|ftc|lawsuit
        not interested in|this
        this is a? spam|harassment|scam|annoying|illegal
        stop|unsubscribe|cancel|optout lol|lmao|haha
        reply|text|send stop
        by mistake|accident
        accidentally unsubscribed|stopped
    """,
    spellings={
        "u": "you", "ur": "your", "youre": "you", "r": "are",
        "txt": "text", "txts": "texts", "txting": "texting", "txtin": "texting", "textng": "texting", "msg": "message",
        "msgs": "messages", "mssg": "message", "messege": "message", "messeges": "messages",
        "msging": "messaging", "messging": "messaging", "plz": "please", "pls": "please",
        "plez": "please", "pleas": "please", "plse": "please", "plis": "please", "pleez": "please",
        "thx": "thanks", "tnx": "thanks", "thnx": "thanks", "ty": "thanks", "tks": "thanks",
        "tyvm": "thanks", "abt": "about", "i m": "im", "i am": "im",
        "dnt": "dont", "do not": "dont", "donot": "dont", "doe not": "dont",
        "did not": "didnt", "does not": "doesnt", "can not": "cant", "cannot": "cant",
        "could not": "couldnt", "will not": "wont", "would not": "wouldnt", "is not": "isnt",
        "should not": "shouldnt", "have not": "havent", "are not": "arent", "was not": "wasnt",
        "i d": "id", "i ll": "ill", "i ve": "ive", "gon na": "gonna", "wan na": "wanna",
        "wanna": "want to", "gotta": "have to", "gonna": "going to", "who s": "who is",
        "whos": "who is", "what s": "what is", "whats": "what is", "any more": "anymore",
        "phone number": "number", "fone": "phone", "nbr": "number", "num": "number",
        "un subscribe": "unsubscribe", "un stop": "unstop", "re subscribe": "resubscribe", "opt out": "optout",
        "lemme": "let me", "w": "with", "fck": "fuck", "fuk": "fuck", "fking": "fucking", "fuckin": "fucking", "effin": "effing",
        "the fuck": "the", "the hell": "the", "the heck": "the", "tf": "the", "goddam": "goddamn",
        "stahp": "stop", "stawp": "stop", "stopit": "stop it", "stoppit": "stop it", "y all": "yall",
    },
)  # fmt: skip
