# ruff: noqa: E501, for each phrase stands on one line, however long.
"""Spanish, with the forms of tú, usted, ustedes, vosotros and vos that people text. Revocation
words: Twilio's documented Spanish ones and those of Latin American carriers (ALTO, BAJA, SALIR)."""

from bot.vocabulary.language import Language

SPANISH = Language(
    name="Spanish",
    stop="""parar, paren, pare, parad, párenle, cancelar, cancela, cancele, cancelen, cancelo, cancelame,
        cancélenme, baja, darme de baja, dar de baja, darse de baja, dame de baja, denme de baja,
        de baja, dar baja, quiero baja, desuscribir, desuscribirme, detener, detente, detengan,
        detenga, detenganse, deténganse, basta, basta ya, ya basta, no más, ya no, ya no más,
        no más mensajes, anular, revocar, bórrame, bórrenme, borrarme, elimíname, elimínenme,
        eliminarme, quítame, quítenme, quitarme, sácame, sáquenme, déjame en paz, déjenme en paz,
        número equivocado, número incorrecto, alto ya, para ya, ya para, persona equivocada, no me interesa, no estoy interesado,
        no estoy interesada, dejar de recibir, vete a la mierda, no molestar, no molesten,
        desactivar""",
    weak_stop="alto, para, salir, fin, finalizar, terminar, eliminar, borrar, remover, quitar, termina",
    polite="por, favor, gracias, hola, porfa, porfavor, ahora, buenas, buenos, días, tardes, señor",
    stop_filler="""ya, mismo, quiero, deseo, todo, todos, inmediatamente, lo, siento, perdón, es,
        he, dicho, dije, que, de, la, lista, esto, hoy, mi, los, mensajes, favorcito, suscripción,
        servicio, me, quisiera, y, les, pido, con""",
    stems="desuscri, dessuscri, desinscri, desapunt",
    negators="no, nunca, jamás, sin, ni, tampoco",
    bridges="me, se, te, lo, la, les, nos, quiero, quieren, vayan, vas, va, voy, a, que, puedo, debes",
    askers="si, porque, quien",
    reported="quién, fui, fue, si",
    possible="cancelar, cancela, cancelen, cancele, baja, parar, paren, detener, eliminar",
    orders="quiero, puedo, pueden, puede, quizás, tal, favor, podrían, podría, deseo, debería",
    nouns="la, el, una, un, planta, más, voz, temporada, al, sin, mi, se, lo",
    continues="el, los, de, a, en, por, con, y",
    leave="salir, salir de, dejar, abandonar, salirme de, baja de",
    leave_filler="la, lista, el, quiero, de",
    join="unirme, unirse, suscribir, suscribirme, a, la, lista, quiero, entrar, apuntarme",
    help="""ayuda, ayúdame, ayúdenme, información, asistencia, socorro, quién eres, quién es,
        quiénes son, necesito ayuda, auxilio, soporte, qué es esto, más información, de quién es""",
    start="""inicio, iniciar, empezar, comenzar, reanudar, alta, empieza, comienza, reactivar, arrancar""",
    soft_start="suscribir, suscribirme, suscríbeme, darme de alta, reiniciar",
    yes="""sí, si, claro, confirmo, confirmar, acepto, aceptar, de acuerdo, vale, por supuesto, dale,
        estoy de acuerdo, sí acepto, sip, afirmativo, sí quiero, confirmado""",
    yes_filler="que, señor, quiero, lo, mi, suscripción",
    unclear="no gracias, quizás, tal vez, nunca",
    channel="mensajes, mensaje, textos, lista, número, suscripción",
    spellings={"por que": "porque", "q": "que", "xfa": "porfa", "xq": "porque", "d": "de"},
    classes={
        "send": """manden, mandes, mande, mandéis, envíen, envíes, envíe, enviéis, escriban, escribas,
            escriba, escribáis, contacten, contactes, contacte, contactéis, molesten, molestes,
            moleste, molestéis, texteen, llamen, llames, llame, mensajeen, spameen,
            manda, envía, hablen, hables, fastidien, jodan, jodas, textees, mandar, enviar""",
        "sending": """enviar, enviarme, enviarnos, mandar, mandarme, mandarnos, escribir, escribirme,
            molestar, molestarme, contactar, contactarme, textear, textearme, llamar, llamarme,
            spamear, joder, joderme, fastidiar, chingar, mensajear, mandando, enviando""",
        "quit": """dejen, deja, deje, dejad, dejá, para, paren, pare, parad, basta, cesen, dejan,
            déjense, déjate""",
        "strike": """bórrenme, bórrame, borre, borren, borra, bórreme, elimínenme, elimíname, elimíneme,
            elimina, eliminen, elimine, quítenme, quítame, quíteme, quiten, quita, sáquenme, sácame,
            sáqueme, saquen, saca, remuévanme, remuevan, retírenme, retírame, retíreme, borrarme,
            eliminarme, quitarme, sacarme, sacadme, borradme, quitadme, remover, eliminar, borrar""",
        "things": """mensajes, mensaje, sms, textos, texto, notificaciones, spam, publicidad, avisos,
            promociones, alertas, correos, información""",
        "these": "sus, tus, estos, esos, los, más, de, este, esta, tantos, la, el, mi",
        "want": "quiero, deseo, quisiera, queremos, necesito, puedo, gustaría, como, solicito, pido",
    },
    stop_phrases="""
        no me $send >
        no me $send más|nada|nunca|mensajes|sms|estos|esto|textos|publicidad|spam|por|al|ningún
        no nos? $send más|nada|mensajes|sms|estos $things?
        nunca más? me $send
        ya no me? $send
        no me? vuelvan|vuelvas|vuelva a $sending
        $quit ya? de $sending|$send
        $quit de $these? $these? $things
        no más $these? $these? $things
        no más >
        no quiero|deseo|queremos recibir|$sending|estos|estar|seguir|tus|sus|nada
        no quiero|deseo más >
        no quiero|deseo más? $these? $these? $things
        no quiero que me
        no quiero saber nada
        ya no quiero|deseo $these? $things|recibir|nada|más|estos|estar|seguir|>
        no me interesa >
        no me interesan $these? $these? $things
        no necesito $these? $these? $things
        $want darme|dar|la|de baja
        $want de? baja
        $want cancelar >
        $want salir|salirme >
        $want salir|salirme de? la|esta|este|su lista|grupo|suscripción
        $want dejar de $sending|recibir
        $want que me? $strike|dejen|saquen
        $want $strike
        $want desuscribirme|desinscribirme|detener|parar
        darme|dame|denme|deme|dadme|dar|darse|doy|den|dé de baja
        $strike de|del la|esta|su|tu|sus? lista|base|listas|grupo
        $strike mi|este|el número|teléfono|celular|nombre|contacto
        $strike >
        cancelar|cancela|cancelen|cancele|anular|anulen|detener mi|la|esta|este|el? suscripción|servicio|mensajes|sms|inscripción
        cancelar|parar|detener|paren los|estos|sus|todos|todo? los? $things
        déjame|déjenme|déjeme|dejadme|dejame en|tranquilo|tranquila paz?
        deja|dejen de joder|chingar|molestar
        número|persona equivocado|equivocada
        se equivocó|equivocaron|equivocaste|equivoca|equivocan de número|persona
        nunca|no me suscribí|registré|inscribí|apunté a|en? $things|esto|esta|eso|>
        nunca|yo|no pedí|solicité $these? $things|esto
        por favor parar|paren|pare|para|basta|alto >
        como cancelo|paro|salgo >
        pueden|puedes|podrían parar|detenerse|detener|dejar >
        <vete|váyanse a la mierda
        <váyanse|vete|lárguense >
        <stop|alto a|con $these? $these? $things
    """,
    help_phrases="""
        necesito ayuda con|>
        me puedes|pueden|puede ayudar
        <quién eres|es|son|habla
    """,
    unclear_phrases="""
        demasiados|muchos $these? $things
        tantos $things
        de dónde|donde? sacaron|sacaste|consiguieron|obtuvieron mi
        quién te|les|le|os dio|dieron mi
        cómo consiguieron|obtuvieron|tienen mi
        esto es spam|acoso|estafa
        voy a denunciar|reportar
    """,
)  # fmt: skip
