# ruff: noqa: E501, for each phrase stands on one line, however long.
"""German. STOPP and ABMELDEN are what German providers act on beside STOP."""

from bot.vocabulary.language import Language

GERMAN = Language(
    name="German",
    stop="""stopp, stoppen, stoppt, abmelden, abmeldung, abbestellen, kündigen, kündigung, beenden,
        aufhören, austragen, abbrechen, stornieren, hört auf, hör auf, hören sie auf,
        lasst mich in ruhe, lass mich in ruhe, lassen sie mich in ruhe, melde mich ab,
        melden sie mich ab, meldet mich ab, keine nachrichten mehr, keine sms mehr, nicht mehr,
        falsche nummer, falsche person, kein interesse, kein interesse mehr, widerruf, widerrufen,
        verpiss dich, verpisst euch, abo kündigen, mich abmelden, löscht mich, löschen sie mich,
        aus der liste streichen, bitte nicht mehr, es reicht, schluss""",
    weak_stop="ende, halt, raus, löschen, verlassen, genug",
    polite="bitte, danke, hallo, jetzt, dankeschön, vielen, dank, guten, tag, sofort, hi",
    stop_filler="""nein, ich, will, möchte, alles, mich, die, das, endlich, sorry, entschuldigung, es,
        nachrichten, mit, hiermit, den, von, ihr, ja, mal, damit, nun, der, liste, heute, newsletter,
        und, alle, sms""",
    stems="abgemeldet, abzumelden, abzubestellen",
    negators="nicht, nie, niemals, kein, keine, ohne, keinen",
    bridges="mich, zu, bitte, wieder, will, mehr",
    askers="warum, wenn, wer",
    reported="wer, wurde, wenn, ob",
    possible="stopp, abmelden, abbestellen, kündigen, beenden, stornieren, abbrechen",
    orders="will, möchte, kann, könnte, bitte, vielleicht, soll, muss, könnt",
    nouns="das, am, der, dem, den, zum, ein, kein, wir, sie, er, man, die",
    continues="am, an, bei, in, um, der, des, den",
    leave="verlassen, austreten, raus aus",
    leave_filler="die, liste, ich, will, möchte, aus",
    join="beitreten, anmelden, abonnieren, liste, die, zu, zur, für",
    help="""hilfe, hilf mir, helft mir, information, informationen, wer ist das, wer bist du,
        wer seid ihr, wer sind sie, ich brauche hilfe, brauche hilfe, was ist das, wer ist da""",
    start="starten, beginnen, fortsetzen, wieder anmelden, weiter, fortfahren",
    soft_start="anmelden, abonnieren",
    yes="""ja, jawohl, jo, jep, bestätigen, bestätige, ich bestätige, bestätigt, einverstanden, klar,
        natürlich, gerne, akzeptieren, ich stimme zu, okay, ich bin einverstanden, zustimmen""",
    yes_filler="ich, will, sehr, bin, das, möchte",
    unclear="nein, nein danke, vielleicht, niemals, nö",
    channel="nachrichten, nachricht, sms, liste, nummer, abo",
    classes={
        "send": "schreibt, schreib, schreiben, schickt, schick, schicken, sendet, senden, kontaktiert, "
        "kontaktieren, textet, simst, belästigt, belästigen, nervt, nerven, spammt, spammen, anrufen",
        "stop": "hört, hör, hören, stoppt, stopp, stop, beendet, beenden, stoppen",
        "things": "nachrichten, nachricht, sms, werbung, spam, mitteilungen, texte, infos, newsletter",
        "these": "die, diese, eure, ihre, deine, den, weitere, mehr, alle, mein, meine, das, euren",
        "strike": "nehmt, nehmen, nimm, streicht, streichen, streich, löscht, löschen, lösch, "
        "entfernt, entfernen, entferne, tragt, trag, werft",
    },
    stop_phrases="""
        $stop sie? auf mir|mich|uns? $these? $things|zu|mit|>
        $stop sie? endlich|bitte? auf
        $stop $these? $these? $things
        $send sie? mir|mich|uns nicht|nichts|nie|keine $these? $these? $things|mehr|>
        nicht mehr $send|kontaktieren
        keine $these? $things mehr|bitte|>
        $strike sie? mich|uns aus|von|raus|bitte? eurer|der|ihrer|dieser? liste|verteiler|datenbank|kartei|>
        $strike sie? meine|diese nummer|daten|handynummer|telefonnummer
        meldet|melde|melden|tragt|trag sie? mich bitte? ab|aus
        will|möchte|wünsche|kann|wie keine|nichts $these? $things|mehr
        will|möchte mich bitte? abmelden|austragen
        will|möchte keine $these? $these? $things
        will|möchte nicht|nichts mehr
        will|möchte das|dies|es|abo? abbestellen|kündigen|beenden|stoppen
        kann|melde ich mich hier|bitte? abmelden|ab
        lasst|lass|lassen sie? mich|uns in ruhe|frieden
        falsche|verkehrte nummer|person
        nie|nicht angemeldet|abonniert|bestellt|zugestimmt
        kein interesse >
        bitte aufhören|beenden|stoppen|stopp|stop >
        abo|abonnement kündigen|beenden|abbestellen
        <verpiss|verpisst|fick dich|euch
    """,
    help_phrases="""
        brauche hilfe >
        <wer ist|bist|seid|sind das|du|ihr|sie|da >
    """,
    unclear_phrases="""
        zu|so viele $these? $things
        woher habt|haben|hast ihr|sie|du
        das ist spam|belästigung|betrug
    """,
)  # fmt: skip
