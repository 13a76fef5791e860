# ruff: noqa: E501, for each phrase stands on one line, however long.
"""Italian. STOP itself is usual there; the rest are the imperatives that people text."""

from bot.vocabulary.language import Language

ITALIAN = Language(
    name="Italian",
    stop="""fermare, fermate, fermatevi, basta, basta così, annulla, annullare, annullate, cancella,
        cancellare, cancellami, cancellatemi, cancellarmi, disiscrivi, disiscrivimi, disiscrivermi,
        disiscrizione, disdire, disdici, disdetta, rimuovi, rimuovimi, rimuovetemi, toglimi,
        toglietemi, smettila, smettetela, smettere, smetti, smettete, revoca, revocare,
        non scrivetemi più, lasciatemi in pace, lasciami in pace, numero sbagliato,
        persona sbagliata, non mi interessa, non sono interessato, non sono interessata,
        vaffanculo, interrompi, interrompere, eliminami, eliminatemi, niente più messaggi""",
    weak_stop="esci, uscire, ferma, fermo, stoppa, termina, elimina, togli",
    polite="per, favore, grazie, ciao, buongiorno, salve, ora, adesso, piacere, cortesia, perfavore",
    stop_filler="""no, subito, voglio, vorrei, tutto, tutti, mi, i, messaggi, dalla, lista, scusa,
        scusate, è, ho, detto, di, la, questo, questi, immediatamente, con, già, mia, iscrizione, gli,
        sms, l, abbonamento, e, ti, prego""",
    stems="disiscri, cancellatemi",
    negators="non, mai, senza, né",
    bridges="mi, si, ti, voglio, la, lo, ci, vi, di, a, riesco",
    askers="perche, se, chi",
    reported="chi, se, perché",
    possible="annulla, annullare, cancella, cancellare, fermare, disdire, interrompere",
    orders="voglio, posso, potete, puoi, vorrei, favore, forse, devo, come",
    nouns="la, il, si, una, un, non, alla, senza",
    continues="il, la, i, di, a, in, con, le, un",
    leave="lascia, lasciare, esci da, uscire da, abbandona, abbandonare",
    leave_filler="la, lista, da, voglio, il",
    join="unirmi, entra, iscrivimi, iscrivermi, a, alla, lista, voglio, in, iscrivi",
    help="""aiuto, aiutami, aiutatemi, informazioni, chi sei, chi siete, chi è, assistenza,
        ho bisogno di aiuto, serve aiuto, cos è questo, chi parla""",
    start="inizia, iniziare, avvia, avviare, inizio, riprendere, riprendi, ricomincia, comincia",
    soft_start="iscrivi, iscrivimi, iscrivermi, abbonami",
    yes="""sì, si, certo, confermo, conferma, confermare, accetto, va bene, d accordo, ok, certamente,
        sono d accordo, accettare, ovvio""",
    yes_filler="signore, voglio, lo, la, mia, iscrizione",
    unclear="no grazie, forse, mai",
    channel="messaggi, messaggio, sms, lista, numero, iscrizione",
    classes={
        "send": """mandarmi, inviarmi, scrivermi, contattarmi, disturbarmi, mandare, inviare, scrivere,
            contattare, disturbare, rompere, chiamarmi, mandarci, messaggiarmi, spammare""",
        "dont": """scrivetemi, scrivermi, mandatemi, mandarmi, inviatemi, inviarmi, contattatemi,
            contattarmi, disturbatemi, disturbarmi, chiamatemi, chiamarmi, messaggiatemi""",
        "stop": "smettete, smetti, smettetela, smettila, basta, finitela, piantatela, finiscila",
        "things": "messaggi, messaggio, sms, spam, pubblicità, notifiche, promozioni, avvisi",
        "these": "i, questi, vostri, tuoi, di, più, con, altri, la, mia, il, mio, gli, l, le",
        "strike": """toglietemi, toglimi, rimuovetemi, rimuovimi, cancellatemi, cancellami, eliminatemi,
            eliminami, levatemi, levami, cancellate, cancella, rimuovete, rimuovi, togliete, togli""",
        "want": "voglio, vorrei, desidero, come, posso, chiedo",
    },
    stop_phrases="""
        non $dont
        non mi scrivete|mandate|inviate|contattate|scrivere|mandare|inviare|disturbate|contattare
        non voglio|desidero più? ricevere|$these|niente|essere
        non voglio|desidero più >
        non voglio|desidero $these? $these? $things
        $stop di $send
        $stop con? $these? $these? $things
        $strike dalla|da|dal vostra|questa|tua? lista|database|gruppo|elenco
        $strike il|questo mio? numero|contatto
        $strike mio? numero
        $want cancellarmi|disiscrivermi|disdire|annullare|cancellare
        $want mi? disiscrivo|cancello
        $want smettere di ricevere
        annulla|annullare|cancella|cancellare|disdire $these? $these? iscrizione|abbonamento|$things
        niente|basta più? $these? $things
        lasciatemi|lasciami|lasciateci in pace|stare
        numero|persona sbagliato|sbagliata
        avete|hai sbagliato numero|persona
        mai|non iscritto|iscritta|richiesto|chiesto|autorizzato
        non sono|mi interessato|interessata|interessa >
    """,
    help_phrases="""
        bisogno di? aiuto >
        <chi sei|siete|è|parla >
    """,
    unclear_phrases="""
        troppi $these? $things
        come avete|hai avuto|ottenuto|trovato il
        questo è? spam|truffa
    """,
)  # fmt: skip
