//! The words that guards look for beside a hit. Each list says what its words mean there.

/// Countries whose own ministries and armies are called like ours.
pub(super) const COUNTRIES: [&str; 58] = [
    "กัมพูชา",
    "จีน",
    "ญี่ปุ่น",
    "ลาว",
    "เมียนมา",
    "พม่า",
    "มาเลเซีย",
    "สิงคโปร์",
    "เวียดนาม",
    "อินโดนีเซีย",
    "ฟิลิปปินส์",
    "บรูไน",
    "ติมอร์",
    "เกาหลี",
    "อินเดีย",
    "ปากีสถาน",
    "บังกลาเทศ",
    "เนปาล",
    "ศรีลังกา",
    "มัลดีฟส์",
    "ภูฏาน",
    "ฮ่องกง",
    "ไต้หวัน",
    "มองโกเลีย",
    "รัสเซีย",
    "ยูเครน",
    "สหรัฐ",
    "อเมริกา",
    "แคนาดา",
    "เม็กซิโก",
    "บราซิล",
    "อาร์เจนตินา",
    "ชิลี",
    "เปรู",
    "อังกฤษ",
    "สหราชอาณาจักร",
    "ฝรั่งเศส",
    "เยอรมัน",
    "อิตาลี",
    "สเปน",
    "โปรตุเกส",
    "เนเธอร์แลนด์",
    "เบลเยียม",
    "สวิส",
    "สวีเดน",
    "นอร์เวย์",
    "เดนมาร์ก",
    "ฟินแลนด์",
    "โปแลนด์",
    "ฮังการี",
    "ออสเตรเลีย",
    "นิวซีแลนด์",
    "ซาอุ",
    "อิสราเอล",
    "อิหร่าน",
    "ตุรกี",
    "อียิปต์",
    "แอฟริกาใต้",
];

/// Cities and states that have such bodies of their own: ตลาดหลักทรัพย์นิวยอร์ก. Not asked after abbreviations: ททท.โตเกียว is
/// our office there.
pub(super) const CITIES: [&str; 32] = [
    "นิวยอร์ก",
    "วอชิงตัน",
    "ลอสแอนเจลิส",
    "แคลิฟอร์เนีย",
    "เท็กซัส",
    "ฟลอริดา",
    "ชิคาโก",
    "ลอนดอน",
    "ปารีส",
    "เบอร์ลิน",
    "แฟรงก์เฟิร์ต",
    "มอสโก",
    "โตเกียว",
    "โอซากา",
    "โซล",
    "ปักกิ่ง",
    "เซี่ยงไฮ้",
    "เซินเจิ้น",
    "ไทเป",
    "มาเก๊า",
    "มะนิลา",
    "จาการ์ตา",
    "กัวลาลัมเปอร์",
    "ฮานอย",
    "โฮจิมินห์",
    "พนมเปญ",
    "เวียงจันทน์",
    "ย่างกุ้ง",
    "มุมไบ",
    "นิวเดลี",
    "ดูไบ",
    "ซิดนีย์",
];

/// Words between a body and its country.
pub(super) const OF_COUNTRY: [&str; 10] = [
    "ของ",
    "แห่ง",
    "ประเทศ",
    "สาธารณรัฐ",
    "ราชอาณาจักร",
    "สหพันธรัฐ",
    "สหพันธ์",
    "สังคมนิยม",
    "ประชาชน",
    "ประชาธิปไตย",
];

/// Names that go on as a court between states or as another country's ministry.
pub(super) const ABROAD: [(&str, &str); 2] = [("ศาล", "ระหว่างประเทศ"), ("กระทรวงเกษตร", "กสิกรรม")];

/// How many of them may follow each other: ของสาธารณรัฐสังคมนิยมเวียดนาม.
pub(super) const OF_COUNTRY_MAX: usize = 5;

/// English words before a foreign body's name.
pub(super) const FOREIGN_BEFORE: [&str; 16] = [
    "cambodian",
    "cambodia's",
    "chinese",
    "china's",
    "japanese",
    "japan's",
    "lao",
    "malaysian",
    "myanmar",
    "indian",
    "korean",
    "vietnamese",
    "us",
    "u.s.",
    "british",
    "singapore's",
];

/// How names begin that say what kind of body they are. การ is left out: it ends many words (บริการ, ทางการ).
pub(super) const HEADS: [&str; 11] = [
    "กรม",
    "กระทรวง",
    "กรุงเทพมหานคร",
    "กองทัพ",
    "กองบัญชาการ",
    "คณะกรรมการ",
    "ธนาคาร",
    "มหาวิทยาลัย",
    "สถาบัน",
    "สำนักงาน",
    "องค์การ",
];

/// Titles before a person's name: what follows is a name, not a body.
pub(super) const PERSON: [&str; 12] =
    ["นาย", "นาง", "นางสาว", "น.ส.", "ด.ช.", "ด.ญ.", "ดร.", "คุณ", "เจ้าฟ้า", "สมเด็จ", "พญ.", "นพ."];

/// What may stand right before a weak name without a space: words that open a new phrase.
pub(super) const OPENERS: [&str; 43] = [
    "รอง",
    "ผู้ช่วย",
    "อดีต",
    "ของ",
    "โดย",
    "ที่",
    "และ",
    "กับ",
    "จาก",
    "ให้",
    "ถึง",
    "หรือ",
    "แก่",
    "ต่อ",
    "ว่า",
    "คือ",
    "เป็น",
    "พบ",
    "แจ้ง",
    "หน่วยงาน",
    "เจ้าหน้าที่",
    "รัฐมนตรี",
    "ปลัด",
    "อธิบดี",
    "โฆษก",
    "ผู้บริหาร",
    "นิสิต",
    "คณะแพทย์",
    "เตือน",
    "เผย",
    "ร้อง",
    "จี้",
    "วอน",
    "แฉ",
    "ซัด",
    "จวก",
    "ฟ้อง",
    "ท้วง",
    "กดดัน",
    "ถล่ม",
    "แต่",
    "ซึ่ง",
    "ใน",
];

/// The same, where they open a sentence; elsewhere they name a field of work.
pub(super) const OPENERS_OF_SENTENCES: [&str; 2] = ["ทาง", "ด้าน"];

/// What makes another word of a weak name that it follows.
pub(super) const CONTINUED: [&str; 19] = [
    "ทหาร",
    "ขนส่ง",
    "สาธารณะ",
    "มวลชน",
    "สินค้า",
    "พิบัติ",
    "นาวี",
    "อิเล็กทรอนิกส์",
    "ทางราง",
    "ทางน้ำ",
    "ทางบก",
    "ทางอากาศ",
    "-แอกซ่า",
    " แอกซ่า",
    "แอกซ่า",
    "พานิชประกันภัย",
    "-AXA",
    " AXA",
    "คาร์เร้นท์",
];

/// Things that are named after bodies.
pub(super) const NAMED_AFTER: [&str; 13] = [
    "ถนน",
    "ถ.",
    "ซอย",
    "ซ.",
    "สี่แยก",
    "สามแยก",
    "สถานี",
    "สถานีรถไฟ",
    "สถานีรถไฟฟ้า",
    "ป้ายรถเมล์",
    "ห้องประชุม",
    "สนามกีฬา",
    "สะพาน",
];

/// Abbreviations of the capital, which is a place and a body: ทั่ว กทม. and กทม.แจง.
pub(super) const CAPITAL: [&str; 2] = ["กทม.", "กทม"];

/// Words after which the capital is a place.
pub(super) const BEFORE_PLACES: [&str; 12] =
    ["ใน", "ทั่ว", "พื้นที่", "เขต", "ย่าน", "จังหวัด", "จ.", "รอบ", "นอก", "กลาง", "ชานเมือง", "สาขา"];

/// How parts of an address begin.
pub(super) const ADDRESS: [&str; 7] = ["แขวง", "เขต", "ถนน", "ถ.", "ซอย", "ซ.", "ต."];

/// ผู้ต้องราชทัณฑ์ are convicts.
pub(super) const INMATES: [&str; 2] = ["ผู้ต้อง", "โทษทาง"];

/// Titles whose country may stand after a space.
pub(super) const FOREIGN_TITLES: [&str; 5] = ["รัฐมนตรีว่าการ", "รัฐมนตรีช่วยว่าการ", "รัฐมนตรี", "รมว.", "โฆษก"];

/// Titles and kinds of bodies that make the abbreviation after them a body's name.
pub(super) const OFFICE: [&str; 28] = [
    "กระทรวง",
    "กรม",
    "สำนักงาน",
    "สนง.",
    "ปลัด",
    "เลขาธิการ",
    "เลขาฯ",
    "อธิบดี",
    "โฆษก",
    "ผู้อำนวยการ",
    "ผอ.",
    "ผู้ว่าการ",
    "ผู้ว่าฯ",
    "รมว.",
    "รมช.",
    "รมต.",
    "ผบ.",
    "ผบช.",
    "บอร์ด",
    "ประธาน",
    "เจ้าหน้าที่",
    "จนท.",
    "กองทุน",
    "ธนาคาร",
    "เลขา",
    "หัวหน้า",
    "นายก",
    "ศูนย์",
];

/// What right before a name says that the bank or the university is meant.
pub(super) const KINDS: [&str; 3] = ["ธ.", "ม.", "แบงก์"];

/// Words after which somebody acts or is asked: a short form after them is a body.
pub(super) const AGENTS: [&str; 6] = ["โดย", "จาก", "กับ", "ของ", "ทาง", "ด้าน"];

/// What bodies do in headlines.
pub(super) const ACTS: [&str; 54] = [
    "ปล่อย",
    "ออก",
    "ชวน",
    "เชิญชวน",
    "แจก",
    "มอบ",
    "แจง",
    "ชี้แจง",
    "เผย",
    "แถลง",
    "ยัน",
    "ยืนยัน",
    "เตือน",
    "สั่ง",
    "ลงมติ",
    "ประกาศ",
    "เตรียม",
    "ปัด",
    "โต้",
    "จับมือ",
    "ชง",
    "เล็ง",
    "ห่วง",
    "ลุย",
    "เร่ง",
    "ย้ำ",
    "กำชับ",
    "ปฏิเสธ",
    "ขอชี้แจง",
    "จ่อ",
    "รับ",
    "เปิด",
    "คุม",
    "ออกโรง",
    "ตั้งเป้า",
    "หารือ",
    "เดินหน้า",
    "สอบ",
    "ขู่",
    "ขอความร่วมมือ",
    "ไม่มีนโยบาย",
    "ไม่ได้มีส่วนเกี่ยวข้อง",
    "ชี้",
    "แนะ",
    "วอน",
    "คาด",
    "เคาะ",
    "ถก",
    "ผนึก",
    "รีด",
    "ทุ่ม",
    "ขอโทษ",
    "ปลื้ม",
    "ตอบโต้",
];

/// What bodies do beside [`ACTS`]; said of a short name it may be another word (คลังเก็บ, พาณิชย์จัด), said of an abbreviation
/// with a dot it is none.
pub(super) const ACTS_OF_ABBREVIATIONS: [&str; 26] = [
    "แจ้ง",
    "รวบ",
    "จับ",
    "บุก",
    "ทลาย",
    "ตรวจ",
    "ยึด",
    "เรียก",
    "ช่วย",
    "พบ",
    "ระบุ",
    "ลงพื้นที่",
    "เพิ่ม",
    "ขยาย",
    "ร่วม",
    "จัด",
    "ส่ง",
    "ตั้ง",
    "เสนอ",
    "หนุน",
    "เก็บ",
    "ปรับ",
    "ตรึง",
    "อนุมัติ",
    "เดือด",
    "โร่",
];

/// Abbreviations that the press uses for people and for others: a party, senators, police stations, traffic, and another body
/// or a month.
pub(super) const NOT_BODIES: [&str; 7] = ["พท.", "สว.", "ส.ว.", "สน.", "จร.", "สส.", "กพ."];

/// Units of weight and length, and of area.
pub(super) const WEIGHTS: [&str; 4] = ["กก.", "มม.", "กม.", "ตร."];

/// Kinds of bodies that are not ours, before a word that is also one of ours.
pub(super) const OTHER_BODY: [&str; 13] =
    ["บริษัท", "บจก.", "หจก.", "สถานี", "ร้าน", "ถนน", "ซอย", "แยก", "รางวัล", "วัด", "อาคาร", "ถ.", "ซ."];

/// Beginnings that are titles themselves.
pub(super) const TITLED: [&str; 4] = ["รมว.", "รมช.", "ผบ.", "ผบช."];
