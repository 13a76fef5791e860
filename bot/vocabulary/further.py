"""STOP in further languages that people in North America and Europe text in: a word of their own as
the whole text. What they mean with anything else, a member reads."""

from bot.vocabulary.language import Language

FURTHER = Language(
    name="Further languages",
    # Chinese, Japanese, Korean, Vietnamese, Tagalog, Haitian Creole, Arabic and Persian,
    # Hebrew, Greek, Turkish, Polish, Ukrainian, Dutch, Hindi.
    stop="""停止, 退订, 退訂, 取消, 取消订阅, 取消訂閱, 停止订阅, 不要再发, 停止发送,
        配信停止, 配信解除, 解約, 止めて, やめて, ストップ,
        수신거부, 수신 거부, 중지, 취소, 구독취소, 구독 취소, 그만,
        ngừng, dừng lại, hủy đăng ký,
        itigil, tigil, ihinto,
        sispann,
        إيقاف, ايقاف, توقف, قف, إلغاء, الغاء, إلغاء الاشتراك, لغو,
        הסר, הסרה, עצור, הפסק,
        στοπ, διακοπη, διαγραφη,
        iptal, iptal et,
        rezygnuję, wypisz mnie,
        відписатися, припиніть, зупиніть,
        stoppen, afmelden, uitschrijven,
        रोकें, रोको, रुकें, बंद करो, बंद करें, बन्द करो, बन्द करें""",
    polite="please, thanks, ok, hi, 请, 請, 谢谢, 謝謝, お願いします, شكرا, कृपया, धन्यवाद",
    help="",
    start="",
    yes="",
)
